#!/usr/bin/env node
import process from 'node:process';
import { runCommand } from './command.ts';

// Whoever reads only the first lines (`| head`), or nothing more, is no reason to fail.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

process.exitCode = await runCommand(process.argv.slice(2));
