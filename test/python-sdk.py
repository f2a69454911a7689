"""A life of sandboxes by the vendor's Python SDK. Prints what it saw, as JSON, for the test beside it to judge."""

import asyncio
import json

from opencomputer import Image, Sandbox, SecretStore, Snapshots


async def see() -> dict:
    seen = {}
    sandbox = await Sandbox.create(envs={"GREETING": "hello"}, preview_auth={})
    seen["token"] = len(sandbox.preview_auth_token)
    result = await sandbox.exec.run('echo "$GREETING"; echo oops >&2; exit 3')
    seen["command"] = [result.exit_code, result.stdout, result.stderr]
    await sandbox.files.write("/workspace/a.txt", "first\n")
    checkpoint = await sandbox.create_checkpoint("before")
    await sandbox.files.write("/workspace/a.txt", "second\n")
    seen["checkpoints"] = [each["status"] for each in await sandbox.list_checkpoints()]
    await sandbox.restore_checkpoint(checkpoint["id"])
    seen["restored"] = await sandbox.files.read("/workspace/a.txt")
    seen["listed"] = [entry.name for entry in await sandbox.files.list("/workspace")]
    await sandbox.hibernate()
    seen["asleep"] = await sandbox.is_running()
    seen["awake"] = (await sandbox.exec.run("cat /workspace/a.txt")).stdout
    seen["scaled"] = (await sandbox.scale(8192))["memoryMB"]
    await sandbox.kill()

    fork = await Sandbox.create_from_checkpoint(checkpoint["id"])
    seen["forked"] = await fork.files.read("/workspace/a.txt")

    logs = []
    image = Image.base().apt_install(["ripgrep"]).run_commands("echo built > /opt/built.txt")
    snapshot = await Snapshots().create("tools", image, on_build_logs=logs.append)
    seen["snapshot"] = [snapshot["status"], len(logs) > 2]
    booted = await Sandbox.create(snapshot="tools")
    seen["booted"] = await booted.files.read("/opt/built.txt")

    store = await SecretStore.create("keys")
    await SecretStore.set_secret(store["id"], "API_KEY", "s3cr3t")
    guest = await Sandbox.create(secret_store="keys")
    seen["secret"] = (await guest.exec.run("echo $API_KEY")).stdout[:11]
    return seen


print(json.dumps(asyncio.run(see())))
