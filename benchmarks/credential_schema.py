"""Whether an exported credential keeps the published JSON schema of Open Badges 3.0.

The schema is 1EdTech's file ``ob_v3p0_achievementcredential_schema.json``, saved beforehand:
``python -m benchmarks.credential_schema SCHEMA.json [CREDENTIAL.json …]``. Without a credential one
made here is checked. Prints every breach with its place; exit 1 where there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from jsonschema import Draft201909Validator

from benchmarks.certificate import HOST, RECORD
from exam_app.certificates import open_badge
from exam_app.certificates.open_badge import ExportFacts

FACTS = ExportFacts(
    host=HOST,
    digits="1",
    authority="某某市应急管理局",
    class_name="矿山班组长第一期",
    criteria="闭卷考试合格",
    kind="工伤预防能力提升培训",
    category="班组长",
    industry="矿山",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schema", type=Path)
    parser.add_argument("credentials", type=Path, nargs="*")
    asked = parser.parse_args()
    schema = json.loads(asked.schema.read_text(encoding="utf-8"))
    checker = Draft201909Validator.FORMAT_CHECKER
    validator = Draft201909Validator(schema, format_checker=checker)
    files: dict[str, Any] = {
        path.name: json.loads(path.read_text(encoding="utf-8")) for path in asked.credentials
    } or {"one made here": open_badge.credential(RECORD, FACTS)}
    breaches = 0
    for name, credential in files.items():
        found = list(validator.iter_errors(credential))
        breaches += len(found)
        print(f"{name}: {len(found)} breaches of {schema.get('$id')}")
        for each in found:
            print(f"  {each.json_path}: {each.message}")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
