#!/usr/bin/env node
import { surviveLostOutput } from "./interruptible.ts";
import { runProgram } from "./program.ts";

surviveLostOutput();
const exitCode = await runProgram(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = Math.max(exitCode, Number(process.exitCode ?? 0));
