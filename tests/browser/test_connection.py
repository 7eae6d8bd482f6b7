"""The connection's form and its Test button."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from airflow_provider_ldusage.get_provider_info import get_provider_info
from airflow_provider_ldusage.testing import Simulator
from tests.browser.conftest import fill_in
from tests.browser.visitor import Visitor
from tests.system.installation import Airflow

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(900)]

(TYPE,) = get_provider_info()["connection-types"]
TEST = "/api/v2/connections/test"


def test_the_form_has_the_providers_fields(
    visitor: Visitor, simulator: Simulator, picture: Callable[..., None]
) -> None:
    form = fill_in(visitor, "launchdarkly_eu", "", simulator.token)
    behaviour = TYPE["ui-field-behaviour"]
    for name, label in behaviour["relabeling"].items():
        assert form.get_by_text(label, exact=True).count() == 1
        assert form.locator(f"[name={name}]").get_attribute("placeholder") == behaviour["placeholders"][name]
    assert [name for name in behaviour["hidden-fields"] if form.locator(f"[name={name}]").count()] == []

    picture(visitor, "connection", 800)
    form.get_by_role("button", name="Extra Fields", exact=True).click()
    for name, field in TYPE["conn-fields"].items():
        form.get_by_text(field["label"], exact=True).wait_for()
        assert form.get_by_text(field["description"], exact=True).count() == 1
        assert form.locator(f"[name=element_{name}]").input_value() == str(field["schema"].get("default", ""))
    assert form.locator("[name=element_instance]").input_value() == "commercial"


def test_the_token_is_shown_to_nobody(visitor: Visitor, connection: str, simulator: Simulator) -> None:
    answers: list[str] = []
    visitor.page.on("response", lambda answer: answers.append(answer.text()) if "/connections" in answer.url else None)
    visitor.open("/connections")
    visitor.page.get_by_role("button", name="Edit Connection").click()
    field = visitor.page.get_by_role("dialog").locator("[name=password]")
    assert (field.get_attribute("type"), field.input_value()) == ("password", "***")
    visitor.page.wait_for_load_state("networkidle")
    assert any(connection in answer for answer in answers)
    assert [answer for answer in [*answers, visitor.page.content()] if simulator.token in answer] == []


def test_the_lists_test_button_refuses_a_connection_without_a_port(visitor: Visitor, connection: str) -> None:
    """Airflow 3.3's list sends port 0, which is not the stored one. docs/connection.md says what to do instead."""
    visitor.open("/connections")
    row = visitor.page.get_by_role("row").filter(has_text=connection)
    with visitor.page.expect_response(f"**{TEST}") as answer:
        row.get_by_role("button", name="Test Connection").click()
    assert answer.value.status == 400
    assert "The host or port to test differs from the stored connection" in answer.value.json()["detail"]
    visitor.page.get_by_text("Test Connection Failed").wait_for()
    (complaint,) = visitor.complaints
    assert "400 (Bad Request)" in complaint and TEST in complaint
    visitor.complaints.clear()


def test_the_command_line_tests_what_the_form_has_saved(connection: str, airflow: Airflow) -> None:
    assert "Connection success!" in airflow.cli("connections", "test", connection).stdout
