import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Random } from '@sustain/kernel';
import { storeFaults } from '@sustain/stores';
import { sqliteFaults, sqliteStore } from '@sustain/stores/sqlite';
import { fullDisk, type SmallDisk, smallDisk } from '../../disk/index.ts';
import { drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { Counting, KEY } from './counting.ts';

/** A program that counts in a file. */
type OnFile = Counting & { readonly path: string };

/** For machines that are busy: a store in a file starts a thread. */
const LIMITS = { detectMs: 2000, recoveryMs: 1000, restoreMs: 3000 };

export const entryDamaged = drill<OnFile>({
  name: 'entry-with-a-flipped-bit',
  fault: storeFaults.ENTRY_CORRUPTED,
  kind: 'disk',
  breaks: 'a bit of an entry is another one on the disk than was written',
  recovers: 'the entry is refused and a copy of it kept for people, until somebody writes it again',
  notices: 'that this entry has been damaged; all others are as they were',
  subject: (scene) => onFile(scene.folder()),
  async inject(program, scene) {
    await program.restart(() => flipBit(program.path));
    scene.begin();
    const undo = async () => void (await program.store.set(KEY, program.counted));
    scene.inject(startInjection({ what: 'a flipped bit', undo }));
  },
  limits: LIMITS,
  async whileBroken({ store }) {
    await store.set('other', 'hello');
    if ((await store.get('other'))?.value !== 'hello') throw new Error('another entry is not served');
  },
  async afterwards({ store }) {
    const { entries } = await store.list('.quarantine/');
    if (entries.length !== 1) throw new Error(`one copy was to be kept, there are ${entries.length}`);
  },
  sabotage: {
    file: sourceOf('packages/stores/src/entry-text.ts'),
    replace: 'if (text.slice(0, CHECKSUM_DIGITS) !== checksum(key, json))',
    by: 'if (false)',
  },
});

export const pagesDamaged = drill<OnFile>({
  name: 'database-pages-damaged',
  fault: sqliteFaults.DATABASE_DAMAGED,
  kind: 'disk',
  breaks: 'all but the first page of the file is overwritten with chance',
  recovers: 'nothing is written into what is damaged; somebody brings back a backup',
  notices: 'that what was stored has been damaged',
  subject: (scene) => onFile(scene.folder()),
  async inject(program, scene) {
    const { path } = program;
    const backup = `${path}.backup`;
    const bringBack = () => {
      for (const beside of ['-wal', '-shm']) rmSync(path + beside, { force: true });
      copyFileSync(backup, path);
    };
    await program.restart(() => {
      copyFileSync(path, backup);
      overwriteFrom(path, PAGE_BYTES, scene.random);
    });
    scene.begin();
    scene.inject(startInjection({ what: 'damaged pages', undo: () => program.restart(bringBack) }));
    await scene.attempt(() => program.store.set('other', 'hello'));
  },
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/stores/src/sqlite/failure.ts'),
    replace: "    failure: 'damaged',\n",
    by: '',
  },
});

export const foreignDatabase = drill<OnFile & { others?: Buffer }>({
  name: 'database-of-another-program',
  fault: sqliteFaults.DATABASE_REFUSED,
  kind: 'configuration',
  breaks: 'the file at the path is the database of another program',
  recovers: 'it is left alone, and nothing is stored until somebody gives the right path',
  notices: 'that the service is not set up correctly',
  subject: (scene) => onFile(scene.folder()),
  async inject(program, scene) {
    const { path } = program;
    const undo = () =>
      program.restart(() => {
        renameSync(path, `${path}.others`);
        renameSync(`${path}.ours`, path);
      });
    await program.restart(() => {
      renameSync(path, `${path}.ours`);
      const others = new DatabaseSync(path);
      others.exec('CREATE TABLE invoice (number INTEGER PRIMARY KEY); INSERT INTO invoice VALUES (1)');
      others.close();
      program.others = readFileSync(path);
    });
    scene.begin();
    scene.inject(startInjection({ what: 'the database of another program', undo }));
  },
  limits: LIMITS,
  afterwards({ path, others }) {
    if (others === undefined || !readFileSync(`${path}.others`).equals(others)) {
      throw new Error('the database of the other program was changed');
    }
  },
  sabotage: {
    file: sourceOf('packages/stores/src/sqlite/schema.ts'),
    replace: "throw new DatabaseRefused('the file is the database of another program: give another path');",
    by: 'return versions;',
  },
});

export const diskFull = drill<OnFile & { readonly disk: SmallDisk }>({
  name: 'database-disk-full',
  fault: storeFaults.STORE_UNAVAILABLE,
  kind: 'disk',
  breaks: 'the disk of the file is full',
  recovers:
    'what does not fit is refused as a whole and is written when there is room again, each number once',
  notices: 'that nothing can be stored until there is room',
  async subject(scene) {
    const disk = await smallDisk();
    scene.defer(() => disk.close());
    return Object.assign(await onFile(disk.path), { disk });
  },
  inject({ disk }, scene) {
    scene.inject(fullDisk(disk));
  },
  lastsMs: 50,
  limits: LIMITS,
  sabotage: {
    file: sourceOf('packages/stores/src/sqlite/failure.ts'),
    replace: 'return code === BUSY || code === FULL ? failure',
    by: 'return code === BUSY ? failure',
  },
});

async function onFile(folder: string): Promise<OnFile> {
  const path = join(folder, 'count.db');
  const program = await Counting.start({
    open: (signals) => sqliteStore({ path, signals, durability: 'process-death' }),
  });
  return Object.assign(program, { path });
}

/** Of the checksum of what is counted: wherever in the file the entry is, or was. */
function flipBit(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const { text } = database.prepare('SELECT text FROM entry WHERE key = ?').get(KEY) as { text: string };
  database.close();
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes[at] = (bytes[at] as number) ^ 1; // it stays a character
  }
  writeFileSync(path, bytes);
}

function overwriteFrom(path: string, fromByte: number, random: Random): void {
  const bytes = readFileSync(path);
  for (let at = fromByte; at < bytes.length; at++) bytes[at] = Math.floor(random.next() * 256);
  writeFileSync(path, bytes);
}

/** SQLite's default: https://sqlite.org/pragma.html#pragma_page_size */
const PAGE_BYTES = 4096;
