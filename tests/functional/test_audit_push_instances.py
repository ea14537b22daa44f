"""Two instances deliver to one receiver: one at a time, without gaps, whoever is killed."""

import time

import pytest
from test_audit_push_webhooks import PATIENT, hook_settings, numbers

from harness.receivers import HookReceiver, SyslogReceiver, assert_complete
from harness.sealing import delivery, plant, seal, wait_delivered, wait_known

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


def test_two_instances_deliver_without_gaps(start_instances):
    with SyslogReceiver() as syslog:
        group = start_instances(2, **syslog.settings(**PATIENT))
        wait_known(group[0], "syslog")
        for _ in range(10):
            plant(group[0], 50)
            seal(group[0])
            time.sleep(0.2)
        count = seal(group[0])
        syslog.wait_for(count)
        wait_delivered(group[0], "syslog")
        assert_complete(syslog.numbers, count)
        assert len(syslog.numbers) == count, "neither sends what the other has delivered"


def test_one_goes_on_where_a_killed_one_was(start_instances):
    with HookReceiver() as hook:
        hook.seconds = 0.02
        group = start_instances(2, **hook_settings(hook))
        wait_known(group[0], "webhook:crm")
        plant(group[0], 200)
        count = seal(group[0])
        hook.wait_for(20)
        group[0].kill9()
        group[1].stop()  # whichever of the two delivered, it is interrupted
        group[1].start()
        wait_delivered(group[1], "webhook:crm", timeout=60)
        assert_complete(numbers(hook), count)


def test_a_stopped_one_gives_its_lease_back(start_instances):
    with HookReceiver() as hook:
        hook.seconds = 0.05
        group = start_instances(2, **hook_settings(hook, AUDIT_PUSH_TIMEOUT_SECONDS=200))
        wait_known(group[0], "webhook:crm")
        plant(group[0], 100)
        count = seal(group[0])
        hook.wait_for(5)
        assert delivery(group[0], "webhook:crm")["holder"], "one of them has it, for ten minutes"
        for member in group:
            member.restart()
        wait_delivered(group[0], "webhook:crm", timeout=60)
        assert_complete(numbers(hook), count)
