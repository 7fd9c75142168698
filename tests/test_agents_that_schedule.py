"""An agent that may schedule, from end to end: what a model answers becomes an agent, which fires."""

import json
from pathlib import Path

from engine.sender.others import free_port
from living import Daemon, Receiver
from making import every, webhook
from model_server import ModelServer, Said


def test_what_a_model_answers_becomes_an_agent_and_fires(home: Path) -> None:
    port = free_port()
    with Receiver().listening() as receiver, ModelServer().listening() as model:
        watcher = {"name": "watch", "actions": [every("100ms", action=webhook(url=receiver.url))]}
        model.script = [Said(tools=(("final_result", watcher),)) for _ in range(2)]
        asks = {
            "type": "llm",
            "model": "openai:test-model",
            "base_url": model.url,
            "prompt": "What should be watched?",
            "output_schema": {"type": "object", "properties": {"name": {"type": "string"}}},
        }
        posts = webhook(url=f"http://127.0.0.1:{port}/agents", payload="{{ previous }}")
        planner = {"name": "planner", "actions": [{"type": "sequence", "steps": [asks, posts]}]}
        with Daemon(home).running("-p", str(port)) as daemon:
            daemon.call("POST", "/agents", planner)
            (refused,) = daemon.call("POST", "/agents/planner/run").json()
            assert (refused["ok"], receiver.arrivals) == (False, [])
            assert "changes no schedules without options.may_schedule" in refused["error"]

            daemon.call("PATCH", "/agents/planner", {"options": {"may_schedule": 1}})
            (done,) = daemon.call("POST", "/agents/planner/run").json()
            assert done["ok"], done
            receiver.wait_for(3)
            shown = daemon.call("GET", "/agents/watch").json()
            assert [json.loads(text) for text in shown["actions"]] == watcher["actions"]
            assert daemon.call("DELETE", "/agents/planner").status == 204
            assert daemon.call("GET", "/agents").json() == []
