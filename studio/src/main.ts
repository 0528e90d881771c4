#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

// What Node has compiled once it takes from here, in this process and in those that it starts: they are up in a third of
// the time. In the user's own folder, as what is run from it must be nobody else's; where it cannot be, nothing is kept.
const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
process.env['NODE_COMPILE_CACHE'] ??= join(caches, 'sustain', 'compiled');
enableCompileCache();

// Whoever reads only the first lines (`| head`), or nothing more, is no reason to fail.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const { runCommand } = await import('./command.ts');
process.exitCode = await runCommand(process.argv.slice(2));
