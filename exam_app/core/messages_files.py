"""The sentence of each reason a whole file is refused for, in Chinese; facts filled in later."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

WHOLE_FILE: dict[str, LazyString] = {
    "unknown-format": _l(
        "文件的格式无法识别；可导入 XLSX、CSV、GIFT、Aiken、Moodle XML 和 QTI 1.2、2.x、3.0。"
    ),
    "not-text": _l("文件不是 UTF-8、UTF-16 或 GB 18030 编码的文本。"),
    "bad-mapping": _l("列的对应关系无法读取，请重新上传文件。"),
    "no-table-found": _l("各工作表中都没有找到题干列，请确认表头，或改用导入模板。"),
    "no-such-sheet": _l("文件中没有工作表“%(sheet)s”。"),
    "bad-quotes": _l("第 %(row)s 行附近的引号不成对，无法分列。"),
    "too-many-rows": _l("文件超过 %(limit)s 行，请分成几个文件。"),
    "too-many-columns": _l("第 %(row)s 行超过 %(limit)s 列。"),
    "too-many-elements": _l("工作簿内容过多（超过 %(limit)s 个单元），请分成几个文件。"),
    "not-a-workbook": _l("文件不是 XLSX 工作簿，可能已损坏。"),
    "workbook-encrypted": _l("工作簿有密码，请取消密码后再上传。"),
    "workbook-part-missing": _l("工作簿缺少部件 %(part)s，可能已损坏。"),
    "workbook-dtd": _l("工作簿部件 %(part)s 含有文档类型声明，为安全起见不予读取。"),
    "workbook-bad-xml": _l("工作簿部件 %(part)s 不是格式正确的 XML。"),
    "workbook-damaged": _l("工作簿部件 %(part)s 已损坏，无法解压。"),
    "workbook-bad-value": _l("工作簿中有无法读取的单元格值“%(value)s”。"),
    "rows-out-of-order": _l("工作簿第 %(row)s 行的行号次序有误。"),
    "cells-out-of-order": _l("工作簿第 %(row)s 行单元格 %(cell)s 的次序有误。"),
    "cell-too-long": _l("第 %(row)s 行有单元格超过 %(limit)s 字。"),
    "cell-not-text": _l("第 %(row)s 行含有不能写入表格的字符。"),
    "not-a-zip": _l("文件不是 ZIP 包，可能已损坏或未传完。"),
    "zip-encrypted": _l("ZIP 包有密码，请取消密码后再上传。"),
    "too-many-parts": _l("压缩包中有 %(found)s 个文件，超过 %(limit)s 个的限制。"),
    "unzipped-too-large": _l("压缩包解压后过大，为安全起见不予读取。"),
    "packed-too-tightly": _l("压缩包的压缩率异常（%(found)s 倍），疑为压缩炸弹，不予读取。"),
    "manifest-missing": _l("包中没有 imsmanifest.xml，也没有 QTI 试题文件。"),
    "no-items": _l("文件中没有试题。"),
    "xml-too-large": _l("XML 文件过大。"),
    "xml-too-many-elements": _l("XML 的元素超过 %(limit)s 个。"),
    "xml-too-deep": _l("XML 的嵌套超过 %(limit)s 层。"),
    "xml-has-entities": _l("XML 中定义了实体，为安全起见不予读取。"),
    "xml-has-dtd": _l("XML 中有文档类型声明（DOCTYPE），为安全起见不予读取。"),
    "xml-malformed": _l("XML 第 %(line)s 行格式有误，无法读取。"),
    "xml-encoding-unknown": _l("XML 的字符编码无法识别。"),
    "xml-root-unknown": _l("XML 的根元素“%(root)s”不是 Moodle 题库或 QTI 试题。"),
    "format-not-written": _l("试题不能导出为 %(format)s 格式。"),
    "item-not-tabular": _l("试题 %(item)s 含有表格无法保存的空格或换行，请先修改该题。"),
}
FILES: dict[str, LazyString] = {
    **{f"table-{code}": text for code, text in WHOLE_FILE.items()},
    **{
        code: WHOLE_FILE[code] for code in ("bad-mapping", "format-not-written", "item-not-tabular")
    },
    "column-chosen-twice": _l("另一列已选了同一内容，一种内容只能选一列。"),
    "stem-not-chosen": _l("请指出哪一列是题干。"),
    "rows-left-out": _l("有 %(count)s 处有误：改好文件后重新上传，或勾选只导入没有错误的行。"),
    "item-has-gaps": _l("尚有缺漏，不能送审：%(items)s"),
}
