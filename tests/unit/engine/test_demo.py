from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

from missive_desktop.engine import demo

NOW = 1_795_000_000


def test_sample_mail_is_dated_from_now_and_whole(tmp_path):
    found = demo.lay(tmp_path, NOW)
    files = list(tmp_path.rglob("*.eml"))
    assert set(found) == {"ana@halden.example", "a.ribeiro@brisa.example"}
    assert len(files) > 50
    for path in files:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        age = NOW - parsedate_to_datetime(message["Date"]).timestamp()
        assert 0 < age < 90 * 86_400
        assert message["From"]
        assert message["Subject"]
        assert "X-Demo-Age" not in message
