"""Every line of the log parses, whoever wrote it and whatever a page put into it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap

import pytest

from archive.domain.times import parse_time

LIBRARIES = """
    import asyncio, logging, sys, threading, warnings
    from scheduler import logs
    from scheduler.logs import about

    logs.start({form!r}, level="INFO")
    log = logging.getLogger("scheduler.daemon")
"""


def logged(form: str, script: str, **environ: str) -> list[str]:
    """The lines that a process writes on stderr, which runs this script after its logs began."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("STET_", "LOGLEVEL"))}
    text = textwrap.dedent(LIBRARIES.format(form=form)) + textwrap.dedent(script)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=False, env=plain | environ)
    return done.stderr.decode("utf-8").splitlines()


def objects(script: str, **environ: str) -> list[dict]:
    lines = [json.loads(line) for line in logged("json", script, **environ)]
    for line in lines:
        assert list(line)[:4] == ["time", "level", "logger", "message"]
        assert line["time"].endswith("Z")
        assert parse_time(line["time"]).year >= 2026
    return lines


def test_a_line_says_when_how_bad_who_and_what_it_is_about():
    [line] = objects('log.warning("not stored: %s", "full", extra={"outlet": "herald", "job": "store"})')
    del line["time"]
    assert line == {
        "level": "WARNING",
        "logger": "scheduler.daemon",
        "message": "not stored: full",
        "outlet": "herald",
        "job": "store",
    }


HOSTILE = "a\nb\r\x1b[31mc\u2028d\x85e\ud800"


def test_words_of_a_page_end_no_line_and_drive_no_terminal():
    script = f'log.info("title %s", {HOSTILE!r}, extra={{"url": {"http://a.example/" + HOSTILE!r}}})'
    [line] = objects(script)
    assert line["message"] == f"title {HOSTILE}"
    [text] = logged("text", script)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028]", text)


def test_what_is_around_a_line_goes_with_it_into_tasks_and_threads():
    script = """
        def work():
            log.info("in a thread")

        async def round(name):
            with about(outlet=name):
                await asyncio.sleep(0)
                logging.getLogger("scrapy.core.engine").error("of a library")
                await asyncio.to_thread(work)

        async def main():
            with about(job="crawl"):
                await asyncio.gather(round("herald"), round("globe"))
            log.info("after")

        asyncio.run(main())
    """
    found = [(line["message"], line.get("job"), line.get("outlet")) for line in objects(script)]
    assert sorted(found[:-1]) == [
        ("in a thread", "crawl", "globe"),
        ("in a thread", "crawl", "herald"),
        ("of a library", "crawl", "globe"),
        ("of a library", "crawl", "herald"),
    ]
    assert found[-1] == ("after", None, None)


TALK = """
    for name in ("scrapy.core.engine", "apscheduler.scheduler", "uvicorn.error", "asyncio"):
        logging.getLogger(name).info("each step")
        logging.getLogger(name).warning("trouble")
"""


def test_libraries_tell_of_trouble_only():
    found = objects(TALK)
    assert [line["message"] for line in found] == ["trouble"] * 4
    assert len(objects(TALK, LOGLEVEL="DEBUG")) > len(found)


def test_servers_and_schedulers_write_the_same_lines():
    """uvicorn, APScheduler and Scrapy bring handlers of their own, or would."""
    script = """
        from apscheduler.schedulers.asyncio import AsyncIOScheduler
        from starlette.applications import Starlette
        from starlette.routing import Route
        from archive.serving import address, listen, server
        import urllib.request, urllib.error

        def broken(request):
            raise RuntimeError("a page that breaks")

        async def main():
            scheduler = AsyncIOScheduler()
            async def job():
                raise ValueError("a job that breaks")
            scheduler.add_job(job, "date")
            scheduler.start()
            with listen("127.0.0.1", 0) as listener:
                running = server(Starlette(routes=[Route("/", broken)]))
                task = asyncio.create_task(running.serve([listener]))
                def ask():
                    try:
                        urllib.request.urlopen(address(listener) + "/")
                    except urllib.error.HTTPError:
                        pass
                await asyncio.to_thread(ask)
                running.should_exit = True
                await task
            scheduler.shutdown()
        asyncio.run(main())
    """
    found = {line["logger"]: line for line in objects(script)}
    assert "a job that breaks" in found["apscheduler.executors.default"]["exception"]
    assert "a page that breaks" in found["uvicorn.error"]["exception"]


def test_what_nobody_caught_is_a_line_as_well():
    script = """
        warnings.warn("old ways")
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        logs.last_words("the disk is full")
        raise KeyError("nobody")
    """
    found = objects(script)
    assert [line["logger"] for line in found] == ["py.warnings", "stet", "stet", "stet"]
    assert "old ways" in found[0]["message"]
    assert "ZeroDivisionError" in found[1]["exception"]
    assert found[2]["message"] == "the disk is full"
    assert "KeyError" in found[3]["exception"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_passwords_in_addresses_are_never_written(form):
    script = """
        log.error("proxy %s fails", "http://me:s3cr3t-word@proxy.example:8080/")
        log.error("why", extra={"url": "https://token:s3cr3t-word@hooks.example/"})
        try:
            raise OSError("http://me:s3cr3t-word@proxy.example:8080/ is down")
        except OSError:
            log.exception("no way out")
    """
    said = "\n".join(logged(form, script))
    assert said.count("proxy.example:8080") >= 2
    assert "s3cr3t" not in said


def test_lines_for_people_are_dated_and_say_what_they_are_about():
    [line] = logged("text", 'with about(outlet="herald"): log.info("3 articles")')
    assert re.fullmatch(r"\S+Z INFO scheduler\.daemon: 3 articles \(outlet=herald\)", line)
