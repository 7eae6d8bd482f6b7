"""How errors end a task: permanent ones without Airflow's retries, and any other as it is."""

from __future__ import annotations

import pytest

from airflow_provider_ldusage import exceptions
from airflow_provider_ldusage.compat import AirflowFailException
from airflow_provider_ldusage.operators.errors import no_retries_for_permanent_errors

pytestmark = pytest.mark.airflow


def test_a_permanent_error_fails_the_task_for_good_and_is_its_cause() -> None:
    error = exceptions.NotFoundError("GET x -> 404")
    with pytest.raises(AirflowFailException, match="NotFoundError: GET") as caught, no_retries_for_permanent_errors():
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [exceptions.ServerTroubleError("503"), ValueError("x")])
def test_any_other_error_is_raised_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, no_retries_for_permanent_errors():
        raise error
    assert caught.value is error
