"""The words and shapes by which `telling` knows an address: data, without a decision.

Written from how the addresses of pictures and of counters look in mail.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PICTURES = _words("png jpg jpeg jpe jfif webp avif svg svgz bmp tif tiff ico heic apng")
PROGRAMS = _words(
    "php php3 php5 phtml asp aspx ashx axd jsp jspx do cgi pl dll cfm action htm html js mjs "
    "json css txt xml svc"
)
# Folders, and first labels of hosts, that hold pictures.
CONTENT = _words(
    "img imgs image images cdn static statics asset assets media medias avatar avatars photo "
    "photos pic pics picture pictures pictogram file files content contents res resource "
    "resources storage gravatar thumb thumbs thumbnail thumbnails map maps staticmap tile tiles "
    "chart charts gallery upload uploads logo logos icon icons banner banners product products "
    "catalog catalogue attachment attachments dms proxy resize resizer transform crop qr qrcode "
    "barcode captcha badge badges flag flags emoji emojis sprite sprites poster posters cover "
    "covers art artwork theme themes vi profile profilepic render fetch screenshot screenshots "
    "preview previews favicon s2 favicons graphics illustration background backgrounds hero "
    "meips"
)
CONTENT_HOST = re.compile(
    r"(?:^|[.-])(?:img|image|cdn|static|asset|media|avatar|photo|pic|tile|thumb|file|upload|s3)s?\d*"
    r"(?:[.-]|$)|^(?:lh|ci|gz|pbs|s-media|a0|i)\d*\."
)
CONTENT_DOMAINS = (
    "googleusercontent.com", "ggpht.com", "ytimg.com", "gstatic.com", "googleapis.com",
    "gravatar.com", "libravatar.org", "cloudinary.com", "imgix.net", "imagekit.io", "ctfassets.net",
    "licdn.com", "twimg.com", "fbcdn.net", "fbsbx.com", "cdninstagram.com", "pinimg.com",
    "mzstatic.com", "media-amazon.com", "ssl-images-amazon.com", "ebayimg.com", "alicdn.com",
    "cdn.shopify.com", "squarespace-cdn.com", "wixstatic.com", "wp.com", "githubusercontent.com",
    "unsplash.com", "pexels.com", "openstreetmap.org", "mapbox.com", "wikimedia.org", "giphy.com",
    "tenor.com", "shields.io", "qrserver.com", "quickchart.io", "mcusercontent.com", "sanity.io",
    "prismic.io", "datocms-assets.com", "graphassets.com", "storyblok.com", "airtable.com",
    "muscache.com", "scdn.co", "redd.it", "redditmedia.com", "discordapp.net", "discordapp.com",
    "slack-edge.com", "paypalobjects.com", "vimeocdn.com", "medium.com", "notion.so",
)  # fmt: skip
# A folder of this name, and no picture in it by its ending.
COUNTING = _words(
    "open opens opened track tracks tracker tracking trk trck pixel pixels px beacon beacons "
    "emimp openemail emailopen emailopens emailopened mailopen openmail openpixel trackopen "
    "trackopens opentrack opentracking email-open email_open email-opened email-pixel "
    "email_pixel roveropen mail-tracking mail_tracking email-tracking email_tracking "
    "emailtracking mailtracking imp impression impressions webbug webbugs mark_read markread "
    "mark-read collect openedlog link-tracker mailisread"
)
# The name of a file without its ending.
NAMES = _words(
    "pixel pixels pix px track tracker tracking track_pixel tracking_pixel tracking-pixel open "
    "opens opened beacon bug webbug p1x1 1x1 1px probe imp impression count counter read readed "
    "seen stat stats ping email watermark emailopen openemail mailopen email_open email-open "
    "emailopened 1x1_transparent transparent_1x1 1x1-transparent 1x1transparent transparent1x1 "
    "trk trck usermatch log t o spy receipt readreceipt read_receipt mailisread email-pixel "
    "email_pixel"
)
PIXEL_NAMES = _words(
    "pixel px track_pixel tracking_pixel tracking-pixel webbug p1x1 1x1 probe beacon "
    "1x1_transparent transparent_1x1 1x1-transparent 1x1transparent transparent1x1 email_pixel "
    "email-pixel o openpixel trackpixel trackingpixel"
)
LABELS = _words(
    "track tracks tracker tracking trk trck trx click clicks clk klick klicks clics open opens "
    "opened pixel pixels px beacon beacons link links lnk lnks tlinks tracklink emailtracking "
    "emailtrack mailtrack mailtracking newslink maillink maillist inbox collector eventing "
    "events event hits telemetry sptracking openedlog trcksp tp tl redir redirect go engage "
    "analytics stats stat"
)
LABEL = re.compile(
    r"(?:email|mail|news|sp|open|web)?(?:track|trck|trk)(?:ing|er|s|sp|link)?\d*|newtracking\w*"
    r"|(?:email|mail|msg|nl)?(?:clicks?|klicks?|clk|opens?|pixels?|beacons?|links?)\d*|coll?ector\d*"
)
# Folders of one to three letters that senders give to their counters.
SHORT = _words(
    "a c e i m o p q r s t u w x z op oo mo eo eos ti mk tr wf ss to do via rd mpss ea sp tx ot "
    "lt vs imp op2 -open2 cmpimg oc em nl"
)
COMPOUND = re.compile(
    r"(?:e?mails?|msg|messages?|newsletters?|campaigns?|mailings?|notifications?)"
    r"[-_/]*(?:opened|opens?|track(?:ing|er)?|pixel|beacon|log(?![a-z])|mark_?read|isread|read(?=[/?]|$))"
    r"|(?:track|log|record|count|register|mark)[-_]*(?:opens?|opened|e?mails?|reads?|views?|pixel)"
    r"|open(?:ed)?[-_]*(?:track|pixel|beacon|log|e?mail|rate|count|image\b)"
    r"|track(?:ing|er)?[-_]*(?:pixel|image|img|beacon|gif|id)|web[-_]?(?:bug|beacon)"
    r"|(?<!\d)1x1(?!\d)|rw/beacon|[-_]?ad[-_]?impression|adobe_analytics|[-_]pixel[._?]|/pixel-"
)
TELLING_QUERY = re.compile(
    r"(?:^|[&;])(?:[\w-]{0,30})=(?:e?mail[-_]?)?(?:opens?|opened|track|pixel|beacon|impression|"
    r"view_email|read)(?:[&;]|$)|(?:^|[&;])(?:ot|mpe|mkevt|read_?receipt|upn|openid|emailopen)="
    r"|(?:^|[&;])type=(?:10|imp)(?:[&;]|$)"
)
# What pictures are asked for with: sizes, versions, formats, and signatures that open storage.
PICTURE_KEYS = re.compile(
    r"(?:w|h|v|q|s|d|r|wid|hei|width|height|ver|vers|version|size|sz|quality|fit|crop|format|fm|fmt|"
    r"auto|dpr|ixlib|ixid|x-amz-.*|x-goog-.*|x-oss-.*|x-image-process|expires?|signature|sig|se|sp|"
    r"sv|sr|st|spr|skoid|sktid|key-pair-id|policy|alt|oh|oe|ccb|_nc_.*|edm|ig_cache_key|hash|cb|ts|"
    r"mtime|rev|cache|cachebuster|lang|locale|hl|theme|color|colour|bg|rect|fp-.*|ar|mark.*|blend.*|"
    r"imwidth|impolicy|imageview.*|resize|scale|zoom|center|markers|key|style|maptype|cht|chs|chl|"
    r"chd|data|text|name|type|default|rating|op_.*|\$.*|wx_fmt|tp|odnwidth|imgeng|op|fl|b|stp|mw|"
    r"max-?w|max-?h|usm|fw|fh|source|strip|bgcolor|x|y|z|itok|gravity|timestamp|updated|modified|"
    r"nocache|cacheid|webp|png|sharp|auto_optimize|domain|domain_url|url|src)"
)
# Whose a token is: an ordinary picture that is asked for with one of these is for one reader.
READER_KEYS = _words(
    "email e-mail mail e_mail recipient recipientid recipient_id rcpt subscriber subscriberid "
    "subscriber_id subscriberkey sub_id contact contactid contact_id uid userid user_id user "
    "memberid member_id mid messageid message_id msgid msg_id mailid mail_id emailid email_id "
    "openid eid mi_u cid jid jobid rid tid upn _ri_ custid customerid customer_id trackid "
    "track_id tracking_id trackingid campaign_user visitor visitorid emid enid mcid"
)
