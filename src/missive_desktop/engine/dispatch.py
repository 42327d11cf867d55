"""Which handler does which request, and which requests must keep their order.

Handlers are "module:function" in this package, loaded when first called: the engine greets its
clients before it has imported what talks to servers and takes mail apart.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, cast

from missive_desktop.engine.protocol import (
    Act,
    AddAccount,
    AttachToDraft,
    Check,
    CreateFolder,
    DeleteFolder,
    DiscardDraft,
    Discover,
    Import,
    LoadDemo,
    LoadImages,
    OpenAttachment,
    Prepare,
    Rebuild,
    RemoveAccount,
    RenameFolder,
    Request,
    RetrySend,
    SaveAttachment,
    SaveDraft,
    SendDraft,
    SendRaw,
    SetFolderRole,
    SetImageRule,
    SetSetting,
    Sync,
    Tell,
    UndoSend,
    Unsubscribe,
    UpdateAccount,
    Watch,
)
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.serving_requests import HandInbox, ServeInbox, Serving, StopServing
from missive_desktop.engine.space_admin_requests import (
    DeleteSpace,
    EditSpace,
    GiveSeat,
    InviteMember,
    LeaveTeam,
    MakeSpace,
    RemoveMember,
    SetMemberRole,
    WithdrawInvite,
)
from missive_desktop.engine.space_requests import (
    AddTask,
    Assign,
    Comment,
    EditComment,
    EditLabel,
    EditTask,
    Label,
    MakeLabel,
    OpenSharedFile,
    Rename,
    ResolveSend,
    ReturnToTeam,
    SaveSharedFile,
    SetOpen,
    Snooze,
    TellTeam,
    Transfer,
    WatchConversations,
)
from missive_desktop.engine.team_login_requests import (
    ApproveDevice,
    ChangePassword,
    DemandTwoFactor,
    EndSession,
    ListDevices,
    ListSessions,
    NameOrganization,
    RevokeDevice,
    ShowFingerprints,
    TeamCreate,
    TeamEntered,
    TeamJoin,
    TeamLogin,
    TeamLogout,
    TeamLook,
    TeamRecover,
    TeamStanding,
    TwoFactorBegin,
    TwoFactorCodes,
    TwoFactorConfirm,
    TwoFactorOff,
)
from missive_desktop.engine.team_sync_requests import (
    DropPending,
    LookBack,
    RedoPending,
    SeeNotice,
    ShowPresence,
    WhoIsThere,
)
from missive_desktop.engine.trail_requests import (
    AcceptRestore,
    Erase,
    ExportTrail,
    FollowTrail,
    ListUnpurged,
    NoteExport,
    ReadDeleted,
    ReadTrail,
    VerifyTrail,
)
from missive_desktop.errors import UsageError

Handler = Callable[[Runtime, Request], dict[str, Any]]

HANDLERS: dict[type[Request], str] = {
    Discover: "accounts:find",
    AddAccount: "accounts:add",
    UpdateAccount: "accounts:update",
    RemoveAccount: "accounts:remove",
    Sync: "accounts:sync",
    Tell: "accounts:tell",
    Watch: "quiet:watch",
    Act: "mailbox:act",
    Assign: "spaces:assign",
    SetOpen: "spaces:set_open",
    ReturnToTeam: "spaces:return_to_team",
    Rename: "spaces:rename",
    Label: "spaces:label",
    MakeLabel: "spaces:make_label",
    EditLabel: "spaces:edit_label",
    Snooze: "spaces:snooze",
    WatchConversations: "spaces:watch",
    Comment: "commenting:comment",
    EditComment: "commenting:edit_comment",
    OpenSharedFile: "space_files:open_",
    SaveSharedFile: "space_files:save",
    AddTask: "spaces:add_task",
    EditTask: "spaces:edit_task",
    Transfer: "spaces:transfer",
    MakeSpace: "space_admin:make_space",
    EditSpace: "space_admin:edit_space",
    DeleteSpace: "space_admin:delete_space",
    GiveSeat: "space_admin:give_seat",
    InviteMember: "space_admin:invite",
    WithdrawInvite: "space_admin:withdraw",
    RemoveMember: "space_admin:remove",
    SetMemberRole: "space_admin:set_role",
    LeaveTeam: "space_admin:leave",
    ServeInbox: "serving:serve",
    StopServing: "serving:stop",
    HandInbox: "serving:hand",
    Serving: "serving:watch",
    ResolveSend: "space_sending:resolve",
    TellTeam: "telling:tell",
    TeamCreate: "team_login:create",
    TeamLook: "team_login:look",
    TeamJoin: "team_login:join",
    TeamLogin: "team_login:sign_in",
    TeamEntered: "team_login:entered",
    TeamRecover: "team_login:recover",
    TeamLogout: "team_login:logout",
    TeamStanding: "team_security:standing",
    TwoFactorBegin: "team_security:begin",
    TwoFactorConfirm: "team_security:confirm",
    TwoFactorCodes: "team_security:new_codes",
    TwoFactorOff: "team_security:off",
    DemandTwoFactor: "team_security:demand",
    ShowFingerprints: "team_security:fingerprints_of",
    NameOrganization: "team_security:name_organization",
    ChangePassword: "team_security:change_password",
    ListDevices: "team_security:devices",
    ApproveDevice: "team_security:approve",
    RevokeDevice: "team_security:revoke",
    ListSessions: "team_security:sessions",
    EndSession: "team_security:end_session",
    CreateFolder: "mailbox:create_folder",
    RenameFolder: "mailbox:rename_folder",
    DeleteFolder: "mailbox:delete_folder",
    SetFolderRole: "mailbox:set_role",
    SaveDraft: "composing:save_draft",
    AttachToDraft: "composing:attach",
    DiscardDraft: "composing:discard_draft",
    SendDraft: "composing:send_draft",
    SendRaw: "composing:send_raw",
    UndoSend: "composing:undo_send",
    RetrySend: "composing:retry_send",
    Prepare: "reading:prepare",
    LoadImages: "images:load",
    SetImageRule: "images:set_rule",
    OpenAttachment: "reading:open_attachment",
    SaveAttachment: "reading:save_attachment",
    Unsubscribe: "unsubscribing:unsubscribe",
    Import: "importing:import_",
    LoadDemo: "demo:load",
    Check: "upkeep:check",
    Rebuild: "upkeep:rebuild",
    SetSetting: "upkeep:set_setting",
    DropPending: "team_sync:drop",
    RedoPending: "team_sync:redo",
    SeeNotice: "team_sync:see",
    LookBack: "team_sync:look_back",
    ShowPresence: "team_sync:show",
    WhoIsThere: "team_sync:who",
    VerifyTrail: "trails:verify",
    AcceptRestore: "trails:accept",
    ReadTrail: "trails:read",
    ReadDeleted: "trails:read_deleted",
    FollowTrail: "trails:follow",
    ExportTrail: "trails:export",
    NoteExport: "trails:note_export",
    Erase: "trails:erase",
    ListUnpurged: "trails:unpurged",
}

# Short ones that build on each other. The rest may take long and must not hold these up.
_ORDERED = frozenset(
    {
        Act, CreateFolder, RenameFolder, DeleteFolder, SetFolderRole, SaveDraft, DiscardDraft,
        SetImageRule, SetSetting, UndoSend, Assign, SetOpen, ReturnToTeam, Rename, Label, MakeLabel,
        EditLabel, Snooze, WatchConversations, Comment, EditComment, AddTask, EditTask,
        ResolveSend,
        DropPending, RedoPending, SeeNotice, ShowPresence,
    }
)  # fmt: skip


def run(runtime: Runtime, request: Request) -> dict[str, Any]:
    """Do what is asked, on the calling thread."""
    name = HANDLERS.get(type(request))
    if name is None:
        raise UsageError(f"{type(request).__name__} is answered by the server loop.")
    return handler(name)(runtime, request)


def handler(name: str) -> Handler:
    module, _, function = name.partition(":")
    found = getattr(importlib.import_module(f"missive_desktop.engine.{module}"), function)
    return cast(Handler, found)


def is_ordered(request: Request) -> bool:
    """SendDraft follows the last SaveDraft, unless its sender waits for the end of it."""
    if isinstance(request, SendDraft | RetrySend):
        return not request.wait
    return type(request) in _ORDERED
