"""The clauses that duties and walls rest on (条款), each with its source and its own words."""

from dataclasses import dataclass
from enum import StrEnum


class ClauseCode(StrEnum):
    """Short names of the clauses, as the duty table prints them."""

    Q1 = "Q1"
    Q2 = "Q2"
    Q3 = "Q3"
    Q4 = "Q4"
    Q4B = "Q4b"
    Q5 = "Q5"
    Q5B = "Q5b"
    Q6 = "Q6"
    Q7 = "Q7"
    Q8 = "Q8"
    Q9 = "Q9"
    Q10 = "Q10"
    Q11 = "Q11"
    Q12 = "Q12"
    Q13 = "Q13"
    Q14 = "Q14"
    Q15 = "Q15"
    Q16 = "Q16"
    L1 = "L1"
    L2 = "L2"


@dataclass(frozen=True)
class Clause:
    """A place in a notice or law and the words found there (empty: not quoted)."""

    source: str
    place: str
    quote: str = ""

    @property
    def text(self) -> str:
        """Return source, place and quoted words in one line."""
        words = f"“{self.quote}”" if self.quote else ""
        return f"{self.source} {self.place}{words}"


_YICHUN = "伊应急函〔2025〕41号"
_SHANDONG = "鲁人社函〔2023〕94号"
_JILIN = "吉人社联〔2022〕28号"
_ZIBO = "淄人社字〔2024〕38号"

CLAUSES: dict[ClauseCode, Clause] = {
    ClauseCode.Q1: Clause(
        _YICHUN, "四（五）", "按照培考分离原则，考试工作由市级应急管理部门或其委托的机构实施"
    ),
    ClauseCode.Q2: Clause(_YICHUN, "四（五）", "严禁委托施教单位出卷和监考"),
    ClauseCode.Q3: Clause(_YICHUN, "四（五）", "按班次单独出卷，严格闭卷考试制度"),
    ClauseCode.Q4: Clause(_YICHUN, "四（五）", "监考可委托县级应急部门负责"),
    ClauseCode.Q4B: Clause(_YICHUN, "四（五）", "考试不合格可允许补考一次"),
    ClauseCode.Q5: Clause(
        _YICHUN,
        "三（一）",
        "三类人员线下培训时长原则上均不得低于总培训时长的 60%，"
        "班组长实训类课程不少于总培训时长的 25%",
    ),
    ClauseCode.Q5B: Clause(
        _YICHUN,
        "四（五）",
        "参加培训并考试合格的，按规定支付工伤预防费，并可将培训学时计入相应的安全生产再培训学时",
    ),
    ClauseCode.Q6: Clause(
        _YICHUN, "四（二）", "施教单位要提出具体培训实施方案，实施方案应包括培训班次设置计划"
    ),
    ClauseCode.Q7: Clause(
        _YICHUN,
        "四（三）",
        "安全生产分管负责人线下培训原则上实行不超过40人的小班互动教学，"
        "专职安全管理人员和班组长线下培训班一般不超过80人",
    ),
    ClauseCode.Q8: Clause(
        _YICHUN,
        "四（四）",
        "建立包括学员名册、培训课程表、授课教师信息等基础台账，做好培训考勤",
    ),
    ClauseCode.Q9: Clause(_ZIBO, "附件", "培训严格实行分行业、分单位、分岗位、实名制管理"),
    ClauseCode.Q10: Clause(
        _SHANDONG,
        "五（三）",
        "对采取虚列参训人员、虚增培训时长、虚设培训班次等方式套取、骗取基金的，依法依纪严惩",
    ),
    ClauseCode.Q11: Clause(_YICHUN, "五", "评估验收报告应当作为支付工伤预防费用的依据"),
    ClauseCode.Q12: Clause(_SHANDONG, "五（五）", "实现可查询、可追溯的全过程痕迹管理"),
    ClauseCode.Q13: Clause(
        _JILIN, "五（二）", "两部门联合组织考试及验收、社会保险经办机构按规定支付费用"
    ),
    ClauseCode.Q14: Clause(_JILIN, "二（四）", "培训考试覆盖率应达到 100%，考试合格率应不低于 95%"),
    ClauseCode.Q15: Clause(_SHANDONG, "五（二）", "参加培训并考试合格的，颁发合格证书"),
    ClauseCode.Q16: Clause(
        _JILIN,
        "三（二）",
        "对于培训管理不规范、培训考核不严格的培训机构，一经发现即予退出，并公开曝光",
    ),
    ClauseCode.L1: Clause("GB/T 22239-2019", "系统管理、安全管理、审计管理分设"),
    ClauseCode.L2: Clause(
        "《中华人民共和国个人信息保护法》",
        "第六条",
        "收集个人信息，应当限于实现处理目的的最小范围，不得过度收集个人信息",
    ),
}


def clause_text(*codes: ClauseCode) -> str:
    """Return the clauses as one readable line."""
    return "；".join(CLAUSES[code].text for code in codes)
