"""Passwords: Argon2id hashes, a check that takes the same time for nobody, common ones."""

from __future__ import annotations

import re
import secrets
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

ITERATIONS = 3
LANES = 4
LENGTH = 32
SALT_LENGTH = 16
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20

_PHC = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LEET = str.maketrans("@4301!5$7", "aaeoiisst")
_RUNS = (
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "147258369",
    "159753",
    "741852963",
    "5201314",
    "1314520",
    "q1w2e3r4t5y6u7i8o9p0",
    "!@#$%^&*()",
    "`1234567890-=",
)
# Words people take as a password here; compared without digits and signs around them.
_WORD_LIST = """
password passwd pass pwd secret letmein welcome login signin master access admin administrator
root superuser sysadmin secadmin auditor user guest test tester testing demo default changeme
temp temporary system server database oracle mysql postgres linux windows computer internet
network security secure safety safe work office company manager office worker police china
chinese beijing shanghai harbin heilongjiang yichun shandong jinan qingdao dongbei
iloveyou loveyou love lovely forever baby angel princess prince dragon tiger monkey horse
football basketball soccer baseball superman batman pokemon starwars michael jordan sunshine
summer winter spring autumn monday friday january happy lucky money freedom hello helloworld
abc abcd abcde qwe qwer qwert qwerty asd asdf asdfgh asdfghjkl zxc zxcv zxcvbn zxcvbnm qaz
qazwsx wsx edc aaa aaaa bbb xxx zzz
woaini woaini1314 woaiwojia wobuzhidao mima wodemima mimashi denglu guanliyuan gongzuo
xitong xitongguanliyuan zhongguo woaizhongguo beijingnihao nihao nihaoma dashaigua shagua
laopo laogong baobei baobao tiantian xiaoxiao meimei gege didi jiejie mama baba
zhangsan lisi wangwu zhaoliu xiaoming anquan anquanshengchan shengchan peixun kaoshi
kaoshixitong gongshang gongshangyufang yufang yingji yingjiju yingjiguanli yingjiguanliju
renshe rensheju shebao shebaoju tiku shijuan chengji zhengshu exam examapp examsystem
training trainer teacher student safety2025 emergency bureau
"""
_WORDS = frozenset(_WORD_LIST.split())


def hash_password(password: str, *, memory_kib: int) -> str:
    """Return the Argon2id hash of a password as a PHC string with its own salt."""
    kdf = Argon2id(
        salt=secrets.token_bytes(SALT_LENGTH),
        length=LENGTH,
        iterations=ITERATIONS,
        lanes=LANES,
        memory_cost=memory_kib,
    )
    return kdf.derive_phc_encoded(password.encode())


def verify_password(password: str, phc: str | None, *, memory_kib: int) -> bool:
    """Return whether the password fits; without a hash the same work is done in vain."""
    held = phc or _nobody(memory_kib)
    try:
        Argon2id.verify_phc_encoded(password.encode(), held)
    except InvalidKey:
        return False
    return phc is not None


def is_below_floor(phc: str, *, memory_kib: int) -> bool:
    """Return whether a stored hash was made more cheaply than is asked now."""
    found = _PHC.match(phc)
    if found is None:
        return True
    memory, iterations = int(found[1]), int(found[2])
    return memory < memory_kib or iterations < ITERATIONS


def make_code() -> str:
    """Return a fresh one-time code (一次性激活码): 20 characters, 100 random bits, in fours."""
    drawn = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(drawn[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def normal_code(text: str) -> str:
    """Return a typed one-time code as it was drawn: no signs, upper case, O and I read."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    return plain.translate(str.maketrans("OIL", "011"))


def is_common(password: str) -> bool:
    """Return whether a password is among those tried first: a word, a run, a repeat."""
    plain = password.lower()
    if len(set(plain)) <= 3 or _is_run(plain) or _is_repeat(plain):
        return True
    core = _ENDS.sub("", plain)
    if not core:
        return _is_date_or_runs(plain)
    squeezed = re.sub(r"[^a-z]", "", core.translate(_LEET))
    return any(word in _WORDS for word in (core, squeezed)) or _is_run(core) or _is_words(squeezed)


def _is_words(text: str) -> bool:
    """Return whether the text is two common words side by side."""
    return any(text[:cut] in _WORDS and text[cut:] in _WORDS for cut in range(3, len(text) - 2))


def _is_run(text: str) -> bool:
    return len(text) >= 3 and any(text in run or text[::-1] in run for run in _RUNS)


def _is_repeat(text: str) -> bool:
    return any(
        len(text) % size == 0 and text == text[:size] * (len(text) // size)
        for size in range(1, len(text) // 2 + 1)
    )


def _is_date_or_runs(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if len(digits) < 6:
        return True
    dated = re.fullmatch(r"(19|20)?\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{0,4}", digits)
    halves = (digits[: len(digits) // 2], digits[len(digits) // 2 :])
    return dated is not None or all(_is_run(half) or _is_repeat(half) for half in halves)


@cache
def _nobody(memory_kib: int) -> str:
    return hash_password(secrets.token_hex(16), memory_kib=memory_kib)
