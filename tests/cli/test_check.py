from pathlib import Path

from cli.conftest import Pypes, cron, webhook, write_agent


def test_a_home_without_anything_is_fine_and_stays_empty(pypes: Pypes) -> None:
    checked = pypes("check")
    assert (checked.code, checked.out, checked.err) == (0, "", "pypes: 0 error(s), 0 caution(s)\n")
    assert list(pypes.home.iterdir()) == []


def test_a_wrong_setting_is_an_error(pypes: Pypes) -> None:
    (pypes.home / "config.toml").write_text("prot = 1\n")
    checked = pypes("check")
    assert checked.code == 2
    assert "unknown key `prot`: did you mean `port`?" in checked.out


def test_what_is_acceptable_but_surprising_is_pointed_out(pypes: Pypes, tmp_path: Path) -> None:
    file = write_agent(
        tmp_path,
        "odd",
        "fetch_url",
        webhook("https://example.com/", headers={"Authorization": "Bearer abc", "X-Trace": "abc"}),
        webhook("https://example.com/", headers={"X-Api-Key": "{{ secret('file:key') }}"}),
        webhook("https://user:word@example.com/", payload={"text": ["Hello {{ name }}"]}),
        cron("0 9 13 * 5"),
    )
    checked = pypes("check", file)
    lines = checked.out.splitlines()
    assert checked.code == 0
    assert lines[0] == "caution: odd, $.actions[0]: `fetch_url` is a label: it is kept and never executed"
    assert lines[1].startswith("caution: odd, $.actions[1].headers.Authorization: this looks like a secret")
    assert not any("X-Trace" in line for line in lines)
    assert any("$.actions[3].url: this looks like a secret" in line for line in lines)
    assert any("$.actions[4].expression: " in line and "either will do" in line for line in lines)
    assert "word" not in checked.out


def test_every_header_that_is_masked_in_what_was_sent_is_pointed_out(pypes: Pypes, tmp_path: Path) -> None:
    headers = {"X-Auth": "abc", "X-Signing-Key": "abc", "Idempotency-Key": "abc"}
    checked = pypes("check", write_agent(tmp_path, "a", webhook("https://example.com/", headers=headers)))
    named = [line.partition(": this looks like a secret")[0] for line in checked.out.splitlines()]
    assert named == [f"caution: a, $.actions[0].headers.{name}" for name in ("X-Auth", "X-Signing-Key")]


def test_secrets_that_are_named_and_not_there_are_pointed_out(pypes: Pypes, tmp_path: Path) -> None:
    file = write_agent(
        tmp_path,
        "a",
        webhook("https://example.com/", payload=["{{ secret('file:missing') }}"]),
        webhook("https://example.com/", secret=["file:open", "env:PYPES_SECRET_X"]),
    )
    (pypes.home / "secrets").mkdir()
    (pypes.home / "secrets" / "open").write_text("x")
    (pypes.home / "secrets" / "open").chmod(0o644)
    checked = pypes("check", file)
    missing, readable = checked.out.splitlines()
    assert missing.startswith("caution: a, $.actions[0].payload[0]: there is no secret ")
    assert readable.startswith("caution: a, $.actions[1].secret[0]: the secret ")
    assert readable.endswith(f"chmod 600 {pypes.home}/secrets/open")


def test_what_is_unacceptable_is_an_error_with_its_place(pypes: Pypes, tmp_path: Path) -> None:
    good = write_agent(tmp_path, "good")
    (tmp_path / "bad.ndjson").write_text('{"name":"a"}\n{"name":"b","actions":[{"type":"webhook"}]}\n')
    checked = pypes("check", good, str(tmp_path / "bad.ndjson"), str(tmp_path / "missing"))
    assert checked.code == 2
    first, second = checked.out.splitlines()
    assert first == (f"error: {tmp_path}/bad.ndjson, line 2, $.actions[0]: the field `url` is missing")
    assert second == f"error: {tmp_path}/missing: No such file or directory"
    findings = pypes("check", str(tmp_path / "bad.ndjson"), "--json").json()
    assert findings["ok"] is False
    assert len(findings["findings"]) == 1


def test_stored_agents_are_checked_when_no_file_is_given(either_way: Pypes, tmp_path: Path) -> None:
    either_way("apply", write_agent(tmp_path, "stored", "fetch_url"))
    assert "stored, $.actions[0]: `fetch_url` is a label" in either_way("check").out


def test_an_agent_that_is_defined_twice_is_an_error_as_it_is_when_applied(
    pypes: Pypes, tmp_path: Path
) -> None:
    file = tmp_path / "twice.ndjson"
    file.write_text('{"name":"a"}\n{"name":"a"}\n')
    assert pypes("apply", str(file)).code == 2
    checked = pypes("check", str(file))
    assert checked.code == 2
    assert f"twice.ndjson, line 2: the agent `a` is also in {file}, line 1" in checked.out


def test_settings_that_only_a_start_would_stumble_over_are_pointed_out(pypes: Pypes) -> None:
    (pypes.home / "config.toml").write_text('host = "0.0.0.0"\n')
    assert pypes("check").out.startswith("caution: settings: 0.0.0.0 can be reached from other machines")
    (pypes.home / "config.toml").write_text('allow_target = ["foo bar"]\n')
    checked = pypes("check")
    assert (checked.code, checked.out.split(": the host")[0]) == (2, "error: settings: allow_target")
