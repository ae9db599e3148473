"""Reading certificates back, and the command line that judges them with the key set alone."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from exam_app.certificates.printing import CertificatePage, certificate_pdf
from exam_app.certificates.reading import MAX_PIXELS, texts_of
from exam_app.certificates.record import address_head, verify
from exam_app.cli.certificate import certificate_cli
from exam_app.core.errors import BadInput
from exam_app.core.fonts import Fonts
from exam_app.core.pdf import Document
from tests.certificates.samples import ED25519, ES256, HOST, KEYS, RECORD, STRANGER, digits_of

TEXT = address_head(HOST) + digits_of()
TRUST = "--trust-unsigned-status"
ON = ("--on", "2027-01-05")


def page(digits: str = digits_of()) -> CertificatePage:
    return CertificatePage(RECORD, digits, "某某市应急管理局", "第三期培训班", "建筑业")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_text(KEYS.to_jwks(), encoding="utf-8")
    return path


@pytest.fixture
def printed(tmp_path: Path, fonts: Fonts) -> Path:
    path = tmp_path / "certificates.pdf"
    pages = [page(digits_of(signer=ED25519)), page(digits_of(signer=ES256))]
    path.write_bytes(certificate_pdf(pages, HOST, fonts))
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(certificate_cli, ["verify", *map(str, arguments)])


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_pdf_is_read_page_by_page(printed: Path) -> None:
    """Each page's record, in the order of the pages."""
    first, second = (verify(text, KEYS, at=dt.date(2027, 1, 5)) for text in texts_of(printed))
    assert (first.kid, second.kid) == (ED25519.kid, ES256.kid)
    assert first.record == second.record == RECORD


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("dpi", [96, 150, 300])
def test_picture_of_a_page_is_read(tmp_path: Path, printed: Path, kind: str, dpi: int) -> None:
    """A page as a picture, from a screen's resolution to a scanner's."""
    path = tmp_path / f"page.{kind}"
    with pypdfium2.PdfDocument(printed) as document:
        document[0].render(scale=dpi / 72).to_pil().convert("RGB").save(path)
    assert texts_of(path) == [TEXT]


@pytest.mark.parametrize("turn", [90, 180, 270, 3])
def test_turned_scan_is_read(tmp_path: Path, printed: Path, turn: int) -> None:
    """A page laid on the glass the other way round, or askew."""
    path = tmp_path / "scan.png"
    with pypdfium2.PdfDocument(printed) as document:
        picture = document[0].render(scale=200 / 72).to_pil().convert("L")
    picture.rotate(turn, expand=True, fillcolor=255).save(path)
    assert texts_of(path) == [TEXT]


def test_text_file_holds_one_text_a_line(tmp_path: Path) -> None:
    """Scanned texts, with a byte order mark and empty lines."""
    path = tmp_path / "scanned.txt"
    path.write_text(f"\ufeff{TEXT}\n\n  {digits_of()}\n", encoding="utf-8")
    assert texts_of(path) == [TEXT, digits_of()]


def test_page_without_code_is_not_passed_over(tmp_path: Path, fonts: Fonts, keys: Path) -> None:
    """A page that cannot be read keeps its place, and the run says that it cannot tell."""
    path = tmp_path / "mixed.pdf"
    joined = pypdfium2.PdfDocument.new()
    blank = tmp_path / "blank.pdf"
    document = Document(blank, "封面", fonts)
    document.text("封面")
    document.save()
    single = tmp_path / "single.pdf"
    single.write_bytes(certificate_pdf([page()], HOST, fonts))
    for part in (blank, single):
        with pypdfium2.PdfDocument(part) as source:
            joined.import_pages(source)
    joined.save(path)
    joined.close()
    assert texts_of(path) == ["", TEXT]
    result = run(path, "--keys", keys, *ON)
    assert (result.exit_code, len(lines(result))) == (3, 1)
    assert "mixed.pdf #1" in result.stderr
    with pytest.raises(BadInput, match="no-code-found"):
        texts_of(blank)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"%PDF-1.7 broken", "pdf-unreadable"),
        ("a.png", b"no picture", "picture-unreadable"),
        ("a.jpg", b"\xff\xd8\xff\xe0 cut", "picture-unreadable"),
        ("a.pdf", b"", "pdf-unreadable"),
        ("a.txt", b"\xff\xfe\x00", "text-unreadable"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "text-unreadable"),
        ("a.txt", b"\n \n", "no-code-found"),
    ],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    """Broken files are told by what they are."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=code):
        texts_of(path)


def test_picture_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    """A few kilobytes that would unpack to hundreds of megabytes."""
    path = tmp_path / "bomb.png"
    side = int(MAX_PIXELS**0.5) + 10
    Image.new("1", (side, side)).save(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(BadInput, match="picture-too-large"):
        texts_of(path)


def test_command_judges_a_printed_file_with_the_key_set_alone(printed: Path, keys: Path) -> None:
    """Valid signatures, the state of revocation told as unknown, every signed field shown."""
    result = run(printed, "--keys", keys, *ON)
    assert result.exit_code == 3
    for line in lines(result):
        assert (line["state"], line["reasons"]) == ("status-unknown", ["status-unknown"])
        shown = line["certificate"]
        assert isinstance(shown, dict)
        assert (shown["name"], shown["number"]) == (RECORD.name, RECORD.number)
        assert (shown["hours"], shown["score"]) == (["32", "19.5", "8"], "88.5")


def test_command_runs_outside_any_installation(tmp_path: Path, keys: Path) -> None:
    """A program of its own, in an empty folder, without database, settings or secrets."""
    folder = tmp_path / "office"
    folder.mkdir()
    command = [sys.executable, "-W", "error", "-c", "from exam_app.cli import main; main()"]
    done = subprocess.run(
        [*command, "certificate", "verify", TEXT, "--keys", str(keys), *ON],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "", "LANG": "C.UTF-8"},
    )
    assert (done.returncode, done.stderr) == (3, "")
    assert json.loads(done.stdout)["state"] == "status-unknown"
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("text", "code", "state"),
    [
        (TEXT, 3, "status-unknown"),
        (digits_of(), 3, "status-unknown"),
        (TEXT[:-1] + str((int(TEXT[-1]) + 1) % 10), 2, "refused"),
        (address_head(HOST) + digits_of(signer=STRANGER), 2, "refused"),
    ],
)
def test_exit_code_says_the_verdict(text: str, code: int, state: str, keys: Path) -> None:
    """2 where the signature does not hold; 3 where it does and the revocation is unknown."""
    result = run(text, "--keys", keys, *ON)
    assert (result.exit_code, lines(result)[0]["state"]) == (code, state)


def test_dates_and_lists_decide(tmp_path: Path, keys: Path) -> None:
    """Expired and revoked give 2; a list that does not name it gives plain "valid"."""
    assert run(TEXT, "--keys", keys, "--on", "2029-11-02").exit_code == 2
    listed = tmp_path / "status.json"
    for revoked, code, state in (([[0, 4711]], 2, "revoked"), ([[0, 1]], 0, "valid")):
        told = {"issued": "2027-01-04T08:00:00+08:00", "revoked": revoked}
        listed.write_text(json.dumps(told), encoding="utf-8")
        result = run(TEXT, "--keys", keys, "--status", listed, TRUST, *ON)
        assert (result.exit_code, lines(result)[0]["state"]) == (code, state)


def test_a_list_nobody_signed_is_no_proof(tmp_path: Path, keys: Path) -> None:
    """It takes away; without being trusted by name it calls nothing valid, once old not even so."""
    listed = tmp_path / "status.json"
    for issued, revoked, trusted, code, reasons in (
        ("2020-01-01T08:00:00+08:00", [], (), 3, ["status-unknown"]),
        ("2020-01-01T08:00:00+08:00", [], (TRUST,), 3, ["status-stale"]),
        ("2027-01-04T08:00:00+08:00", [], (), 3, ["status-unknown"]),
        ("2027-01-04T08:00:00+08:00", [], (TRUST,), 0, []),
        ("2027-01-04T08:00:00+08:00", [[0, 4711]], (), 2, ["revoked"]),
        ("2020-01-01T08:00:00+08:00", [[0, 4711]], (), 2, ["revoked", "status-stale"]),
    ):
        listed.write_text(json.dumps({"issued": issued, "revoked": revoked}), encoding="utf-8")
        result = run(TEXT, "--keys", keys, "--status", listed, *trusted, *ON)
        assert (result.exit_code, lines(result)[0]["reasons"]) == (code, reasons)


def test_the_official_host_is_that_of_the_installation(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --host a foreign address is flagged where an installation says its own host."""
    (tmp_path / "config.toml").write_text(f'official_host = "{HOST}"\n', encoding="utf-8")
    monkeypatch.setenv("EXAM_INSTANCE", str(tmp_path))
    listed = tmp_path / "status.json"
    listed.write_text('{"issued": "2027-01-04T08:00:00+08:00", "revoked": []}', encoding="utf-8")
    asked = ("--keys", keys, "--status", listed, TRUST, *ON)
    assert run(TEXT, *asked).exit_code == 0
    foreign = run(f"https://evil.example/v#{digits_of()}", *asked)
    assert (foreign.exit_code, lines(foreign)[0]["reasons"]) == (3, ["foreign-address"])
    (tmp_path / "config.toml").write_text("nothing = 1\n", encoding="utf-8")
    assert run(TEXT, *asked).exit_code == 3


def test_foreign_address_is_told(keys: Path) -> None:
    """A good record under a look-alike address is named as such."""
    result = run(f"https://evil.example.com/v#{digits_of()}", "--keys", keys, "--host", HOST, *ON)
    assert "foreign-address" in str(lines(result)[0]["reasons"])


@pytest.mark.parametrize(
    "text",
    [
        f"x.evil.com/?https://{HOST}/v#",
        f"javascript://{HOST}/v#",
        f"evil.com://{HOST}/v#",
        f"http://{HOST}/v#",
        "https://evil.example/v#",
    ],
)
def test_no_other_address_is_valid(tmp_path: Path, keys: Path, text: str) -> None:
    """Another scheme or host is never 0, whatever the list says."""
    listed = tmp_path / "status.json"
    told = {"issued": "2027-01-04T08:00:00+08:00", "revoked": []}
    listed.write_text(json.dumps(told), encoding="utf-8")
    asked = ("--keys", keys, "--status", listed, "--host", HOST, *ON)
    result = run(text + digits_of(), *asked, TRUST)
    assert result.exit_code == (2 if text.startswith("x.") else 3)
    assert "foreign-address" in str(lines(result)[0]["reasons"])
    assert lines(run(TEXT, *asked))[0]["state"] == "status-unknown"  # nobody signed the list


def test_unreadable_files_and_keys_cannot_be_told(tmp_path: Path, keys: Path) -> None:
    """3 where a file, the key set or the list cannot be read."""
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7")
    assert run(broken, "--keys", keys).exit_code == 3
    empty = tmp_path / "empty.json"
    empty.write_text("{}", encoding="utf-8")
    assert run(TEXT, "--keys", empty).exit_code == 3
    assert run(TEXT, "--keys", keys, "--status", empty).exit_code == 3


def test_each_file_of_a_folder_is_named_and_the_rest_done(tmp_path: Path, keys: Path) -> None:
    """Locked, broken, empty, of an unknown kind: a Chinese sentence with its name, and 3."""
    folder = tmp_path / "folder"
    folder.mkdir()
    locked = Canvas(str(folder / "a.pdf"), encrypt=StandardEncryption("geheim"))
    locked.drawString(9, 9, "x")
    locked.save()
    with zipfile.ZipFile(folder / "b.zip", "w"):
        pass
    (folder / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "d.txt").write_text(digits_of(), encoding="utf-8")
    (folder / "e.pdf").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "Thumbs.db").write_bytes(b"\0")
    result = run(folder, "--keys", keys, *ON)
    assert (result.exit_code, [line["file"] for line in lines(result)]) == (3, ["d.txt"])
    told = [line.partition("：") for line in result.stderr.splitlines()]
    assert [name for name, *_ in told] == ["a.pdf", "b.zip", "c.png", "e.pdf"]
    assert "加密" in told[0][2]
    assert "压缩包" in told[1][2]
    for odd in (folder / "b.zip", folder / "none.pdf", tmp_path / "none", "\0", "x" * 3000):
        assert run(odd, "--keys", keys).exit_code == 3
    for keys_file, status in ((folder / "none", keys), (folder, keys), (keys, folder / "none")):
        told = run(TEXT, "--keys", keys_file, "--status", status)
        assert (told.exit_code, told.stdout) == (3, "")
        assert str(folder) in told.stderr


def test_what_of_a_folder_is_not_judged_is_told(tmp_path: Path, printed: Path, keys: Path) -> None:
    """A linked folder, a link that leads nowhere, a hidden file: each by name, and 3."""
    folder, listed = tmp_path / "folder", tmp_path / "status.json"
    folder.mkdir()
    listed.write_text('{"issued": "2027-01-04T08:00:00+08:00", "revoked": []}', encoding="utf-8")
    (folder / "a.pdf").write_bytes(printed.read_bytes())
    asked = (folder, "--keys", keys, "--status", listed, TRUST, *ON)
    assert run(*asked).exit_code == 0
    (tmp_path / "beside").mkdir()
    for name, target in (("b", tmp_path / "beside"), ("c.pdf", tmp_path / "none.pdf")):
        (folder / name).symlink_to(target)
    (folder / ".d.pdf").write_bytes(printed.read_bytes())
    result = run(*asked)
    assert (result.exit_code, {line["state"] for line in lines(result)}) == (3, {"valid"})
    told = [line.partition("：") for line in result.stderr.splitlines()]
    assert [name for name, *_ in told] == [".d.pdf", "b", "c.pdf"]
    assert all("未查验" in why for *_, why in told)


def test_folder_gives_its_worst_verdict(tmp_path: Path, printed: Path, keys: Path) -> None:
    """All files of a folder are judged; one that is not valid outweighs one that is unreadable."""
    folder, listed = tmp_path / "folder", tmp_path / "status.json"
    folder.mkdir()
    listed.write_text('{"issued": "2027-01-04T08:00:00+08:00", "revoked": []}', encoding="utf-8")
    asked = ("--keys", keys, "--status", listed, TRUST, *ON)
    (folder / "a.pdf").write_bytes(printed.read_bytes())
    result = run(folder, *asked)
    assert (result.exit_code, len(lines(result))) == (0, 2)
    (folder / "b.png").write_bytes(b"broken")
    assert run(folder, *asked).exit_code == 3
    (folder / "c.txt").write_text(digits_of(signer=STRANGER), encoding="utf-8")
    result = run(folder, *asked)
    assert (result.exit_code, len(lines(result))) == (2, 3)
