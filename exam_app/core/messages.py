"""The sentence of each error code, in Chinese; later stages add their section."""

from __future__ import annotations

from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.core.errors import ExamError
from exam_app.core.messages_examining import EXAMINING
from exam_app.core.messages_files import FILES

UNKNOWN = _l("操作未能完成（%(code)s）。")

MESSAGES: dict[str, LazyString] = {
    # core: who may, what is there
    "error": _l("操作未能完成。"),
    "bad-input": _l("提交的内容有误，请检查后重新提交。"),
    "missing": _l("没有找到您要的内容，或您无权查看。"),
    "not-allowed": _l("您没有办理此事项的职责。"),
    "duty-conflict": _l("按照培考分离和岗位回避要求，您不能办理此事项。"),
    "not-signed-in": _l("请先登录。"),
    # core: keys
    "key-problem": _l("密钥不可用。"),
    "browser-not-built": _l("浏览器查验程序 %(file)s 尚未生成，请先运行 make setup。"),
    "secret-missing": _l("缺少系统密钥文件 %(file)s，系统不能启动；请先运行 exam keys init。"),
    "secret-unusable": _l("系统密钥文件已损坏，系统不能启动。"),
    "secret-exposed": _l("文件 %(file)s 可被其他用户读取，请将权限改为 0600 后重试。"),
    "secret-exists": _l("密钥文件 %(file)s 已存在，不会被覆盖。"),
    "key-unknown": _l("没有第 %(number)s 号密钥，无法读取用它加密的内容。"),
    "field-unreadable": _l("加密字段 %(table)s.%(column)s 无法解密：内容被改动或密钥不符。"),
    "file-unreadable": _l("加密文件 %(file)s 无法解密：内容被改动或密钥不符。"),
    # audit
    "id-number-in-trail": _l("“%(field)s”中含有身份证号；痕迹永久保存，不得写入身份证号，请改写。"),
    "stream-exists": _l("痕迹链 %(stream)s 已开设，不能重复开设。"),
    "stream-not-open": _l("痕迹链 %(stream)s 未开设或已封存。"),
    "day-not-over": _l("%(day)s 尚未结束，不能登记当日访问记录摘要。"),
    "day-digested": _l("%(day)s 的访问记录摘要已登记。"),
    "note-unreadable": _l("签名树头无法读取：%(reason)s。"),
    "note-forged": _l("签名树头的签名不符。"),
    "head-key-missing": _l("缺少痕迹签名密钥 %(file)s，请先运行 exam keys init。"),
    "head-key-unusable": _l("痕迹签名密钥 %(file)s 无法使用。"),
    # people: what comes in
    "people-bad-id-number": _l("身份证号有误。"),
    "people-id-length": _l("身份证号应为 18 位。"),
    "people-id-characters": _l("身份证号只能含数字，末位可为 X。"),
    "people-id-region": _l("身份证号前两位不是有效的地区代码。"),
    "people-id-birth": _l("身份证号中的出生日期无效。"),
    "people-id-check": _l("身份证号校验位不符，请核对。"),
    "people-bad-credit-code": _l("统一社会信用代码有误。"),
    "people-credit-length": _l("统一社会信用代码应为 18 位。"),
    "people-credit-characters": _l("统一社会信用代码含有不允许的字符。"),
    "people-credit-region": _l("统一社会信用代码第 3 至 8 位应为行政区划代码。"),
    "people-credit-check": _l("统一社会信用代码校验位不符，请核对。"),
    "people-bad-division-code": _l("行政区划代码应为 6 位有效数字。"),
    "people-bad-phone": _l("电话号码格式有误。"),
    "people-bad-name": _l("名称不能为空，也不能含有控制字符。"),
    "people-bad-username": _l("用户名须为 3 至 32 位小写字母、数字、点或横线，以字母开头。"),
    "people-reason-missing": _l("请填写理由和依据。"),
    "people-bad-period": _l("截止日期早于开始日期。"),
    "people-bad-password": _l("口令不符合要求。"),
    "people-password-short": _l("口令太短，至少 %(least)s 位。"),
    "people-password-long": _l("口令太长，至多 %(most)s 位。"),
    "people-password-common": _l("口令过于常见，容易被猜中，请换一个。"),
    "people-password-username": _l("口令不得包含用户名。"),
    "people-password-same": _l("新口令不得与原口令相同。"),
    "people-nothing-mended": _l("没有需要更正的内容。"),
    "people-number-taken": _l("此身份证号已登记在另一人名下。"),
    "people-person-unknown": _l("没有登记此身份证号的人员。"),
    # people: registry
    "people-name-mismatch": _l("此身份证号已登记，但姓名不一致，请核对。"),
    "people-organisation-known": _l("此机构名称或统一社会信用代码已登记。"),
    "people-organisation-unknown": _l(
        "机构“%(name)s”尚未登记；首次登记须给出统一社会信用代码和行政区划代码。"
    ),
    "people-organisation-kind": _l("机构不能登记为此类别。"),
    "people-same-organisation": _l("不能与本机构自身登记关联。"),
    "people-recusal-object": _l("须回避的人与须回避的单位填且只填一项，且不能是本人。"),
    "people-two-persons": _l("此事须由另一人办理，不能由本人办理。"),
    "people-already-confirmed": _l("已经确认，无需再次办理。"),
    "people-already-ended": _l("已经终止，不能再次办理。"),
    # people: accounts
    "people-has-account": _l("此人已有账号，一人一号。"),
    "people-username-taken": _l("此用户名已被使用。"),
    "people-account-disabled": _l("账号已停用。"),
    "people-account-active": _l("账号未停用。"),
    "people-reset-not-asked": _l("没有 24 小时内的重置申请。"),
    "people-totp-set": _l("动态口令已启用；更换须由两名系统管理员办理重置。"),
    "people-totp-wrong": _l("动态口令不正确，请核对手机时间后重试。"),
    "sign-in-refused": _l("用户名、口令或动态口令不正确。"),
    "sign-in-locked": _l("失败次数过多，请 %(minutes)s 分钟后再试。"),
    "sign-in-renew": _l("口令不符合现行要求，请先到“首次登录、更换口令”页面凭原口令更换。"),
    "step-up-needed": _l("请再次验证口令。"),
    # people: duties
    "people-founding-by-system": _l("初始授权只能在服务器上用命令办理。"),
    "people-founding-over": _l("已有两名授权审批人，初始授权已关闭；请按正常程序授权。"),
    "people-founding-role": _l("初始授权只限系统管理员、安全管理员和授权审批人。"),
    "people-founding-kind": _l("初始登记只限应急管理部门和系统运维单位。"),
    "people-accounts-exist": _l("系统中已有账号，不能再初始化。"),
    "people-role-kind": _l("此类机构没有这一角色。"),
    "people-already-appointed": _l("此人在该机构已有这一角色。"),
    "people-not-an-agency": _l("受托单位须是已登记且有效的考试机构，不得是施教单位。"),
    "people-not-own-authority": _l("只能办理本部门的事项。"),
    "people-setting-unknown": _l("没有参数“%(key)s”。"),
    "people-setting-value": _l("参数“%(key)s”的值无法识别。"),
    "people-setting-past": _l("生效日期不得早于今天。"),
    "people-setting-twice": _l("该参数在同一生效日期已有设定。"),
    # training: plans
    "dates-backwards": _l("截止日早于起始日。"),
    "not-an-authority": _l("项目须由市级应急管理部门登记。"),
    "plan-refused": _l(
        "班次计划不符合规定：%(rule)s 要求 %(limit)s，实为 %(value)s。依据：%(clause)s"
    ),
    "class-refused": _l(
        "班次不符合规定：%(rule)s 要求 %(limit)s，实为 %(value)s。依据：%(clause)s"
    ),
    "reason-needed": _l(
        "不符合“原则上、一般”的要求（%(rule)s：%(limit)s，实为 %(value)s），须写明理由。"
        "依据：%(clause)s"
    ),
    "industry-not-covered": _l("该项目不包括此行业。"),
    "class-state": _l("班次当前状态不允许此操作。"),
    "class-code-known": _l("本项目已有此班次编号。"),
    "not-a-provider": _l("班次须由施教单位编报。"),
    "lecturer-elsewhere": _l("授课教师须是本单位登记的教师。"),
    "lecturer-unknown": _l("本单位没有登记名为“%(name)s”的授课教师。"),
    "lecturer-ambiguous": _l("本单位有多名“%(name)s”，请联系主管部门区分。"),
    # training: files
    "file-missing": _l("请选择文件。"),
    "file-gone": _l("文件库中没有这个文件，或文件已被改动，请联系管理员。"),
    "job-attempts": _l("后台任务多次中断，已停止；请联系管理员。"),
    "job-incident": _l("后台任务出现故障，编号 %(number)s，请告知管理员。"),
    "account-disabled": _l("账号已停用，任务不再进行。"),
    "upload-gone": _l("上传的文件已过期，请重新上传。"),
    "rows-with-problems": _l("文件中有 %(count)s 行有误，尚未导入任何内容。"),
    "table-file-too-large": _l("文件 %(file)s 超过大小限制。"),
    "table-file-empty": _l("文件 %(file)s 是空的。"),
    "table-no-rows": _l("文件 %(file)s 中没有数据行。"),
    "table-old-or-encrypted-workbook": _l(
        "文件 %(file)s 是旧版（.xls）或加密的工作簿，请另存为 XLSX。"
    ),
    "table-unknown-kind-of-file": _l("文件 %(file)s 不是 XLSX 或 CSV。"),
    "table-content-differs-from-ending": _l("文件 %(file)s 的内容与扩展名不符。"),
    "table-columns-missing": _l("文件 %(file)s 缺少列：%(columns)s。"),
    "table-column-twice": _l("文件 %(file)s 中“%(column)s”列出现两次。"),
    "table-row-too-long": _l("文件 %(file)s 第 %(row)s 行列数过多。"),
    "cell-empty": _l("不能为空"),
    "cell-too-long": _l("内容过长或含有控制字符"),
    "cell-formula": _l("不能是公式"),
    "name-with-digits": _l("姓名中含有数字"),
    "id-number-not-text": _l("身份证号须为文本格式：按数字保存会丢失末尾数字，请重新填写"),
    "category-unknown": _l("人员类别“%(value)s”无法识别，应为分管负责人、专职安全管理人员或班组长"),
    "category-differs": _l("与本班次的人员类别不同，不得“大合堂”"),
    "row-repeated": _l("与第 %(first)s 行是同一人"),
    "enterprise-unknown": _l("没有登记此统一社会信用代码的企业"),
    "enterprise-name-differs": _l("与登记的企业名称“%(name)s”不一致"),
    "name-differs-from-register": _l("姓名与此前登记的不一致"),
    "already-enrolled": _l("已在班次 %(class_code)s 的名册中"),
    "number-unreadable": _l("“%(value)s”不是整数"),
    "yes-or-no": _l("“%(value)s”应填“是”或“否”"),
    "lesson-unknown": _l("没有第 %(number)s 课"),
    "lesson-not-over": _l("第 %(number)s 课尚未结束，不能登记考勤"),
    "not-on-roster": _l("名册中没有此人，或姓名与身份证号不符"),
    "attendance-repeated": _l("同一人同一课重复登记"),
    "longer-than-lesson": _l("到课分钟超过课时长度 %(limit)s 分钟"),
    "moment-unreadable": _l("日期时间“%(value)s”无法识别，应如 2025-03-01 08:30"),
    "ends-before-start": _l("结束时间不晚于开始时间"),
    "mode-unknown": _l("方式“%(value)s”应为线上、线下或实训"),
    # training: hours
    "roster-empty": _l("名册中没有人员。"),
    "lessons-ahead": _l("课程尚未全部结束，不能提交学时。"),
    "attendance-missing": _l("尚未导入考勤，不能提交学时。"),
    "no-reason-helps": _l("只有仅未达到“原则上、一般”要求的人员才可说明理由准予参考。"),
    "reason-missing": _l("请写明理由。"),
    # policy
    "policy-bad": _l("政策参数有误。"),
    "policy-unknown-profile": _l("没有编号为 %(profile)s 的政策文件。"),
    "policy-unknown-key": _l("政策参数 %(key)s 不存在。"),
    "policy-not-a-leaf": _l("政策参数 %(key)s 的写法有误。"),
    "policy-unknown-field": _l("政策参数 %(key)s 中有不认识的字段 %(field)s。"),
    "policy-missing-field": _l("政策文件 %(profile)s 缺少字段 %(field)s。"),
    "policy-wrong-unit": _l("政策参数 %(key)s 的单位应为 %(wanted)s。"),
    "policy-unknown-force": _l("政策参数 %(key)s 的效力“%(force)s”无效。"),
    "policy-wrong-type": _l("政策参数 %(key)s 的值类型不符，应为 %(wanted)s。"),
    "policy-no-value": _l("政策参数 %(key)s 没有这一项数值。"),
    "policy-min-over-max": _l("政策参数 %(key)s 的下限大于上限。"),
    "policy-out-of-range": _l("政策参数 %(key)s 的值 %(value)s 超出允许范围。"),
    "policy-not-a-choice": _l("政策参数 %(key)s 不能取“%(value)s”。"),
    "policy-wall": _l("政策参数 %(key)s 属培考分离底线，不能改动。"),
    "policy-softer-than-notice": _l("政策参数 %(key)s 不能比文件规定（%(clause)s）更宽。"),
    "policy-not-single": _l("政策参数 %(key)s 有上下限，请写明是哪一个。"),
    "policy-no-leaf": _l("政策文件 %(profile)s 没有参数 %(key)s。"),
    "policy-not-toml": _l("政策文件 %(profile)s 格式有误。"),
    "policy-wrong-id": _l("政策文件 %(profile)s 的编号与文件名不符。"),
    "policy-unknown-extends": _l("政策文件 %(profile)s 继承的 %(extends)s 不存在。"),
    "policy-cycle": _l("政策文件 %(profile)s 的继承关系成环。"),
    "policy-incomplete": _l("政策文件 %(profile)s 缺少参数 %(key)s。"),
    "policy-contradiction": _l("政策参数 %(key)s 与 %(other)s 相互矛盾。"),
    "policy-stored-bad": _l("班次保存的政策参数无法读取。"),
    "policy-digest": _l("班次保存的政策参数与其摘要不符。"),
    "policy-unknown-notice": _l("没有 %(notice)s 号文件原文。"),
    "policy-unknown-clause": _l("文件 %(notice)s 中没有条款 %(clause)s。"),
    # training rules
    "hours-negative": _l("学时不能为负数或无效数值。"),
    "practical-over-offline": _l("实训学时（%(practical)s）不能大于线下学时（%(offline)s）。"),
    "class-size": _l("班次人数应不少于1人。"),
    "attendance-bad": _l("考勤记录有误：结束须晚于开始，分钟数不能为负。"),
    "minutes-per-hour": _l("每学时分钟数或每日学时上限的设定有误。"),
    # installation
    "config-unreadable": _l("配置文件 %(file)s 无法读取：%(reason)s"),
    "config-unknown-key": _l("配置文件 %(file)s 含有不认识的设置：%(keys)s"),
    "migration-failed": _l("数据库结构升级失败：%(reason)s"),
    # demo
    "demo-not-empty": _l(
        "%(folder)s 中已有数据；重建演示城市请用 make demo DEMO=--reset 或 exam demo --reset。"
    ),
    "demo-not-here": _l("%(folder)s 不是演示安装，不能建立演示城市。"),
    **EXAMINING,
    **FILES,
}


class _Facts(dict[str, Any]):
    """The facts of an error; one that was not given shows as a dash."""

    def __missing__(self, name: str) -> str:
        return "—"


def sentence(error: ExamError) -> str:
    """Return the error's sentence in the reader's language, its facts filled in."""
    facts = _Facts(error.facts, code=error.code)
    return str(MESSAGES.get(error.code, UNKNOWN)) % facts
