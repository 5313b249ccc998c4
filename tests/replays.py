# SPDX-License-Identifier: Apache-2.0
"""Every transcript that a test made, decided again: the same decisions must come of it.

Where its sources have relative names, and so can be written out beside one another, it is also re-enacted under its own
runbook (`reprise replay --against`): every step must go the same way to the same end. That is asked of the cases of
tests/cli alone, whose transcripts are many, short and of every kind.
"""
import base64
import json
import pathlib
import subprocess
import tempfile


def is_transcript(path):
    with open(path, "rb") as file:
        return b'"type":"run.started"' in file.readline(1 << 20)


def differing(program, folder):
    """What `reprise replay` says of the transcripts below a folder that do not give the same decisions again."""
    said = []
    for path in sorted(folder.rglob("*.jsonl")):
        if not path.is_file() or not is_transcript(path):
            continue
        if subprocess.run([program, "verify", path], stdin=subprocess.DEVNULL, capture_output=True).returncode:
            continue  # what is damaged, on purpose, is no longer what was decided
        done = subprocess.run([program, "replay", path], stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            said.append((done.stdout + done.stderr).decode("utf-8", "backslashreplace").strip())
    return said


def sources_of(path):
    """The files that a run was made with, by name, the runbook first; of a changed runbook the last ones."""
    files, parts = {}, {}
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            message = json.loads(line)
        except ValueError:  # the torn end
            break
        if message["type"] == "run.resumed" and message.get("sources"):
            files = {}
        if message["type"] != "source":
            continue
        text = message["text"].encode() if "text" in message else base64.b64decode(message["base64"])
        parts[message["name"]] = parts.get(message["name"], b"") * (message["part"] > 0) + text
        files[message["name"]] = parts[message["name"]]
    return files


def write_out(files, folder):
    """False when a name leads out of the folder."""
    for name, text in files.items():
        path = pathlib.PurePath(name)
        if path.is_absolute() or ".." in path.parts:
            return False
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    return bool(files)


def parting(program, folder):
    """What is said of the transcripts below a folder that go another way under their own runbooks."""
    said = []
    for path in sorted(folder.rglob("*.jsonl")):
        if not path.is_file() or not is_transcript(path):
            continue
        if subprocess.run([program, "replay", path], stdin=subprocess.DEVNULL, capture_output=True).returncode:
            continue  # told of by differing(), or damaged
        if b'"type":"diverged"' in path.read_bytes():
            continue  # a live replay that departed from what it followed: no runbook knows of that
        with tempfile.TemporaryDirectory(prefix="reprise-against-") as beside:
            files = sources_of(path)
            if not write_out(files, pathlib.Path(beside)):
                continue
            done = subprocess.run([program, "replay", path, "--against", next(iter(files))], cwd=beside,
                                  stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            text = (done.stdout + done.stderr).decode("utf-8", "backslashreplace").strip()
            said.append(f"{path.name}, under its own runbook: {text}")
    return said
