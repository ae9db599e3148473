"""The bodies and accounts of the demo city, founded and appointed through the services."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from exam_app.access.actor import SYSTEM, Actor
from exam_app.access.terms import OrganisationKind as Kind
from exam_app.access.terms import Role
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.demo.people import COUNTIES, MINES, credit_code, id_number
from exam_app.people import queries, service
from exam_app.people.models import Account, Organisation

# username, name, organisation, role
STAFF = (
    ("kaowu", "周考务", "authority", Role.EXAM_ADMIN),
    ("mingti", "吴命题", "authority", Role.ITEM_WRITER),
    ("shenti", "郑审题", "authority", Role.ITEM_REVIEWER),
    ("zujuan", "冯组卷", "authority", Role.PAPER_SETTER),
    ("shenjuan", "陈审卷", "authority", Role.PAPER_APPROVER),
    ("baoguan", "褚保管", "authority", Role.CUSTODIAN),
    ("yuejuan", "卫阅卷", "authority", Role.MARKER),
    ("luru1", "戚录入", "authority", Role.MARKER),
    ("luru2", "邹录入", "authority", Role.MARKER),
    ("fuhe", "蒋复核", "authority", Role.RESULT_CHECKER),
    ("fabu", "沈发布", "authority", Role.RESULT_PUBLISHER),
    ("zhizheng", "韩制证", "authority", Role.CERTIFICATE_OFFICER),
    ("qianfa", "杨签发", "authority", Role.CERTIFICATE_APPROVER),
    ("qianfa2", "罗签发", "authority", Role.CERTIFICATE_APPROVER),
    ("jiandu", "朱监督", "authority", Role.OVERSEER),
    ("anquan", "秦安全", "authority", Role.SECADMIN),
    ("shenji", "尤审计", "authority", Role.AUDITOR),
    ("zhukao1", "许主考", "county_a", Role.CHIEF),
    ("jiankao1", "何监考", "county_a", Role.INVIGILATOR),
    ("jiankao2", "吕监考", "county_a", Role.INVIGILATOR),
    ("baoguan1", "施保管", "county_a", Role.CUSTODIAN),
    ("zhukao2", "张主考", "county_b", Role.CHIEF),
    ("jiankao3", "孔监考", "county_b", Role.INVIGILATOR),
    ("jiankao4", "曹监考", "county_b", Role.INVIGILATOR),
    ("baoguan2", "严保管", "county_b", Role.CUSTODIAN),
    ("baoguan3", "华备管", "agency", Role.CUSTODIAN),
    ("peixun", "金培训", "provider", Role.TRAINING_MANAGER),
    ("taizhang", "魏台账", "provider", Role.CLERK),
    ("renshe", "陶人社", "hrss", Role.ACCEPTANCE),
    ("jingban", "姜经办", "sia", Role.PAYER),
)
CONTACTS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌"  # one a mine
LECTURERS = (("谢讲师", "高级工程师"), ("窦讲师", "注册安全工程师"), ("章讲师", "职业卫生医师"))
BODIES = {
    "agency": ("伊春市安全生产考试中心", Kind.AGENCY, "12", "230700"),
    "county_a": ("嘉荫县应急管理局", Kind.COUNTY_EM, "11", "230722"),
    "county_b": ("铁力市应急管理局", Kind.COUNTY_EM, "11", "230781"),
    "provider": ("伊春林城安全培训学校", Kind.PROVIDER, "52", "230717"),
    "hrss": ("伊春市人力资源和社会保障局", Kind.HRSS, "11", "230700"),
    "sia": ("伊春市社会保险事业中心", Kind.SIA, "12", "230700"),
    "county_c": ("伊美区应急管理局", Kind.COUNTY_EM, "11", "230717"),
    "county_d": ("乌翠区应急管理局", Kind.COUNTY_EM, "11", "230718"),
    "county_e": ("友好区应急管理局", Kind.COUNTY_EM, "11", "230719"),
    "county_f": ("汤旺县应急管理局", Kind.COUNTY_EM, "11", "230723"),
    "county_g": ("丰林县应急管理局", Kind.COUNTY_EM, "11", "230724"),
    "county_h": ("南岔县应急管理局", Kind.COUNTY_EM, "11", "230726"),
}


@dataclass
class City:
    """What later steps of the demo need to find again."""

    rng: random.Random
    password: str
    bodies: dict[str, Organisation] = field(default_factory=dict)
    enterprises: list[Organisation] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)

    def actor(self, username: str, session_id: int | None = None) -> Actor:
        """Return the actor of a demo account as of now."""
        account = self.accounts[username]
        return queries.actor_of(account, clock.now(), session_id=session_id)


def found_city(rng: random.Random, password: str) -> City:
    """Build bodies, accounts and appointments; nobody is anything without two approvers."""
    city = City(rng, password)
    _found(city)
    _register_bodies(city)
    _appoint_staff(city)
    _appoint_enterprises(city)
    return city


def _found(city: City) -> None:
    """Found the authority with its administrator and its two duty approvers."""
    with transaction():
        city.bodies["authority"] = service.found_organisation(
            name="伊春市应急管理局",
            kind=Kind.CITY_EM,
            credit_code=credit_code("11", "230700", 0),
            division_code="230700",
            actor=SYSTEM,
        )
        city.bodies["platform"] = service.found_organisation(
            name="伊春市政务信息中心",
            kind=Kind.PLATFORM,
            credit_code=credit_code("12", "230700", 1),
            division_code="230700",
            actor=SYSTEM,
        )
    founding = (
        ("guanli", "孙管理", "platform", Role.SYSADMIN),
        ("shouquan1", "李授权", "authority", Role.DUTY_APPROVER),
        ("shouquan2", "赵授权", "authority", Role.DUTY_APPROVER),
    )
    for serial, (username, name, body, role) in enumerate(founding):
        with transaction():
            person = service.register_person(
                name=name, id_number=id_number(city.rng, serial), actor=SYSTEM
            )
            account, code = service.found_account(person, username=username, actor=SYSTEM)
            service.found(
                account,
                organisation=city.bodies[body],
                role=role,
                reason="系统初始化",
                actor=SYSTEM,
            )
            _activate(city, account, code)
        city.accounts[username] = account


def _activate(city: City, account: Account, code: str) -> None:
    """Let a new account's owner set the password with the one-time code."""
    service.set_password(
        account,
        new_password=city.password,
        code=code,
        actor=queries.private_actor(account),
    )


def add_account(city: City, username: str, name: str, number: str) -> Account:
    """Return a new account of a person, its password set."""
    with transaction():
        person = service.register_person(name=name, id_number=number, actor=city.actor("guanli"))
        account, code = service.create_account(
            person, username=username, reason="开通业务账号", actor=city.actor("guanli")
        )
        _activate(city, account, code)
    city.accounts[username] = account
    return account


def appoint(city: City, username: str, body: Organisation, role: Role) -> None:
    """Appoint somebody by one approver and confirm by the other."""
    with transaction():
        appointment = service.appoint(
            city.accounts[username],
            organisation=body,
            role=role,
            from_on=clock.today(),
            reason="岗位任命",
            actor=city.actor("shouquan1"),
        )
        service.confirm_appointment(appointment, actor=city.actor("shouquan2"))


def _register_bodies(city: City) -> None:
    """Let the authority's exam administrator register everybody who takes part."""
    add_account(city, "kaowu", "周考务", id_number(city.rng, 10))
    appoint(city, "kaowu", city.bodies["authority"], Role.EXAM_ADMIN)
    with transaction():
        actor = city.actor("kaowu")
        for serial, (key, (name, kind, code, division)) in enumerate(BODIES.items(), start=10):
            city.bodies[key] = service.register_organisation(
                name=name,
                kind=kind,
                credit_code=credit_code(code, division, serial),
                division_code=division,
                actor=actor,
            )
        for serial, name in enumerate(MINES, start=100):
            division = COUNTIES[serial % len(COUNTIES)]
            city.enterprises.append(
                service.register_organisation(
                    name=f"伊春{name}矿业有限公司",
                    kind=Kind.ENTERPRISE,
                    credit_code=credit_code("91", division, serial),
                    division_code=division,
                    actor=actor,
                )
            )
        entrustment = service.entrust(
            authority=city.bodies["authority"],
            agency=city.bodies["agency"],
            from_on=clock.today(),
            until_on=dt.date(clock.today().year, 12, 31),
            reason="委托保管备用密钥",
            actor=city.actor("shouquan1"),
        )
        service.confirm_entrustment(entrustment, actor=city.actor("shouquan2"))


def _appoint_staff(city: City) -> None:
    for serial, (username, name, body, role) in enumerate(STAFF, start=20):
        if username not in city.accounts:
            add_account(city, username, name, id_number(city.rng, serial))
            appoint(city, username, city.bodies[body], role)


def _appoint_enterprises(city: City) -> None:
    """Give each enterprise a contact, who confirms its people and verifies certificates."""
    for place, (letter, enterprise) in enumerate(
        zip(CONTACTS, city.enterprises, strict=True), start=1
    ):
        username = f"qiye{place}"
        add_account(city, username, f"企{letter}联", id_number(city.rng, 60 + place))
        appoint(city, username, enterprise, Role.ENTERPRISE_CONTACT)
