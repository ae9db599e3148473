"""Synthetic people and enterprises with valid check digits (合成数据)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from exam_app.people.rules import CREDIT_ALPHABET, credit_check_character, id_check_character

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂玉兰凤洁梅琳素云莲真环雪荣爱妹峰宇博"
# Names with characters old systems lose (生僻字): they must print, copy and verify.
RARE_NAMES = ("㛃文博", "刘䶮", "张𬭎", "马骉", "赵堃", "李赟")
MINES = (
    "鹿鸣",
    "翠宏山",
    "西林",
    "昆仑",
    "上游",
    "大箐山",
    "南岔",
    "汤旺",
    "丰林",
    "嘉荫",
    "乌云",
    "高松山",
    "小西林",
    "二股",
    "平岭",
    "金林",
    "友好",
    "新青",
    "红星",
    "美溪",
    "铁力",
)
COUNTIES = ("230717", "230718", "230719", "230722", "230723", "230724", "230726", "230781")


@dataclass(frozen=True)
class Somebody:
    """One synthetic person."""

    name: str
    id_number: str
    enterprise: int
    phone: str


def id_number(rng: random.Random, serial: int) -> str:
    """Return a valid ID number of a made-up person; the serial keeps them apart."""
    division = rng.choice(COUNTIES)
    born = f"{rng.randint(1968, 1999)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    first = f"{division}{born}{serial % 1000:03}"
    return first + id_check_character(first)


def credit_code(kind: str, division: str, serial: int) -> str:
    """Return a valid unified social credit code (统一社会信用代码) of a made-up body.

    Args: kind: registering authority and kind of body, two characters, as ``91`` for companies.
    """
    body, digits = "MADEMG", ""
    number = serial + 1
    while len(digits) < 3:
        digits = CREDIT_ALPHABET[number % len(CREDIT_ALPHABET)] + digits
        number //= len(CREDIT_ALPHABET)
    first = f"{kind}{division}{body.replace('O', '0')}{digits}"
    return first + credit_check_character(first)


def crew(
    rng: random.Random, count: int, *, start: int, rare: tuple[str, ...] = ()
) -> list[Somebody]:
    """Return people for one class; the rare names come first.

    Every ninth is sent by the first enterprise, whose contact is the first account one tries.
    """
    people = []
    for place in range(count):
        name = (
            rare[place]
            if place < len(rare)
            else rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2))))
        )
        number, enterprise = id_number(rng, start + place), rng.randrange(len(MINES))
        people.append(
            Somebody(
                name=name,
                id_number=number,
                enterprise=enterprise if place % 9 else 0,
                phone=f"138{rng.randrange(10**8):08}",
            )
        )
    return people
