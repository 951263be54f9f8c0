# SPDX-FileCopyrightText: Certwright contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definitions for AWX agree with the modules, and with AWX's own rules for credential types."""

from __future__ import annotations

import pytest
import yaml
from conftest import COLLECTION, ROOT
from jinja2 import Environment, StrictUndefined, meta

AWX = ROOT / "docs" / "awx"
TYPES = sorted(AWX.glob("credential_type_*.yml"))


def test_there_are_some() -> None:
    assert {it.name for it in TYPES} >= {"credential_type_scm.yml"}


@pytest.mark.parametrize("path", TYPES, ids=lambda it: it.stem)
def test_a_credential_type_is_consistent(path) -> None:
    definition = yaml.safe_load(path.read_text())
    fields = {it["id"]: it for it in definition["inputs"]["fields"]}
    for name, field in fields.items():
        assert field["type"] in ("string", "boolean") and field["label"]
        assert field.get("secret", False) == any(it in name for it in ("password", "secret", "hmac", "key")), name
    assert set(definition["injectors"]) == {"extra_vars"}, "the environment of a job is printed in its output"
    used = set()
    for text in strings(definition["injectors"]):
        used |= meta.find_undeclared_variables(Environment().parse(text))
        # AWX renders strictly, and a field that is not required may be missing.
        given = dict.fromkeys(definition["inputs"].get("required", []), "x")
        Environment(undefined=StrictUndefined).from_string(text).render(given)
    assert used == set(fields)


def test_the_scm_credential_is_what_modules_take() -> None:
    definition = yaml.safe_load((AWX / "credential_type_scm.yml").read_text())
    fragment = (COLLECTION / "plugins" / "doc_fragments" / "scm.py").read_text()
    documentation = yaml.safe_load(fragment.split('DOCUMENTATION = r"""')[1].split('"""')[0])
    injected = definition["injectors"]["extra_vars"]["certwright_scm"]
    assert set(injected) <= set(documentation["options"]["scm"]["suboptions"])


def strings(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, str):
        yield value
