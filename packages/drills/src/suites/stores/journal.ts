import { fallbackFaults, fallbackStore } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { fullDisk, type SmallDisk, smallDisk } from '../../disk/index.ts';
import { type DrillDeclaration, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { type FallbackProgram, fallbackProgram, heldFile, noConflicts } from './fallback-program.ts';

const journal = sourceOf('packages/stores/src/fallback/journal.ts');
const options = sourceOf('packages/stores/src/fallback/fallback-options.ts');

/** For machines that are busy: two stores in files start a thread each. */
const LIMITS = { detectMs: 2000, recoveryMs: 1000, restoreMs: 4000 };
const WENT_ON = 'it goes on with what it knows, and what it writes is in a journal until the primary is back';

export const notKnown = away({
  name: 'unknown-key-while-away',
  fault: fallbackFaults.NOT_KNOWN,
  breaks: 'another program holds the file of the state; then a key is read that was never read before',
  recovers: `who asks for it is told that it is not known, rather than that there is none; ${WENT_ON}`,
  notices: 'that a part of what is stored cannot be reached; the rest goes on',
  subject: (scene) => fallbackProgram({ folder: scene.folder() }),
  attempt: (program) => program.store.get('never seen'),
  sabotage: {
    file: sourceOf('packages/stores/src/fallback/fallback-engine.ts'),
    replace: 'throw fallbackFaults.NOT_KNOWN({ store: this.parts.settings.name, key, reason });',
    by: 'return undefined;',
  },
});

export const mayNotAcknowledge = away({
  name: 'not-ours-to-acknowledge',
  fault: fallbackFaults.MAY_NOT_ACKNOWLEDGE,
  breaks:
    'another program holds the file of the state; then a key is written that is for another instance to write',
  recovers: `the write is refused, so that no two instances go on with one key; ${WENT_ON}`,
  notices: 'that this cannot be changed at the moment',
  subject: (scene) =>
    fallbackProgram({ folder: scene.folder(), mayAcknowledge: (key) => !key.startsWith('theirs/') }),
  attempt: (program) => program.store.set('theirs/plan', 'mine'),
  sabotage: {
    file: sourceOf('packages/stores/src/fallback/away-writer.ts'),
    replace: 'if (mayAcknowledge(key)) return;',
    by: 'return;',
  },
});

export const journalFull = away({
  name: 'journal-full',
  fault: fallbackFaults.JOURNAL_FULL,
  breaks: 'another program holds the file of the state for so long that the journal is full',
  recovers:
    'no more is acknowledged than the journal holds; when the primary is back, the journal is brought in',
  notices: 'that nothing more can be stored until the state can be reached',
  subject: (scene) => fallbackProgram({ folder: scene.folder(), maxJournalEntries: 3 }),
  lastsMs: 30,
  sabotage: {
    file: journal,
    replace: 'if (entries > maxJournalEntries || sizeBytes > maxJournalBytes) {',
    by: 'if (false) {',
  },
});

export const journalUnavailable = drill<FallbackProgram & { readonly disk: SmallDisk }>({
  name: 'journal-disk-full',
  fault: fallbackFaults.JOURNAL_UNAVAILABLE,
  kind: 'disk',
  breaks: 'the disk of the journal is full, and another program holds the file of the state',
  recovers: 'nothing is acknowledged that is not kept; it goes on when either is back',
  notices: 'that nothing can be stored',
  async subject(scene) {
    const disk = await smallDisk();
    scene.defer(() => disk.close());
    const program = await fallbackProgram({ folder: scene.folder(), spareFolder: disk.path });
    return Object.assign(program, { disk });
  },
  inject(program, scene) {
    scene.inject(fullDisk(program.disk));
    scene.inject(heldFile(program.primaryPath));
  },
  lastsMs: 30,
  limits: LIMITS,
  afterwards: noConflicts,
  sabotage: { file: journal, replace: 'throw this.#failed(error, record.key);', by: '' },
});

export const journalTaken = drill<FallbackProgram>({
  name: 'two-programs-of-one-instance',
  fault: fallbackFaults.JOURNAL_TAKEN,
  kind: 'configuration',
  breaks:
    'a second program is started under the instance name of the first; then another holds the file of the state',
  recovers: 'the first writes no more into the journal, until somebody gives it a name of its own',
  notices: 'that the first program stores nothing while the state cannot be reached',
  subject: (scene) => fallbackProgram({ folder: scene.folder() }),
  async inject(program, scene) {
    const second = program.secondProgram();
    await second.get('anything'); // it is open
    const undo = async () => {
      await second.close();
      program.instance = 'first';
      await program.restart();
    };
    scene.inject(startInjection({ what: 'two programs of one instance', undo }));
    scene.inject(heldFile(program.primaryPath));
  },
  limits: LIMITS,
  afterwards: noConflicts,
  sabotage: {
    file: journal,
    replace: 'await spare.set(keys.entry(record.revision), record, { guard: this.#guard() });',
    by: 'await spare.set(keys.entry(record.revision), record);',
  },
});

export const spareTooWeak = drill<FallbackProgram>({
  name: 'spare-in-memory',
  fault: fallbackFaults.SPARE_TOO_WEAK,
  kind: 'configuration',
  breaks: 'somebody gives a fallback store a spare that forgets with its process',
  recovers: 'it is refused at the start, before it acknowledges anything; programs that are right go on',
  notices: 'that the service is not set up correctly',
  subject: (scene) => fallbackProgram({ folder: scene.folder() }),
  async inject({ store }, scene) {
    await scene.attempt(() => fallbackStore({ primary: store, spare: memoryStore(), onConflict: 'reject' }));
  },
  limits: LIMITS,
  sabotage: {
    file: options,
    replace: "if (spare.durability === 'volatile' && !acceptLoss) {",
    by: 'if (false) {',
  },
});

interface Away extends Omit<DrillDeclaration<FallbackProgram>, 'kind' | 'limits' | 'inject' | 'afterwards'> {
  /** What somebody asks for while the primary is away. */
  readonly attempt?: (program: FallbackProgram) => Promise<unknown>;
}

/** A drill in which the primary is away, and something else comes upon that. */
function away({ attempt, ...declaration }: Away) {
  return drill<FallbackProgram>({
    ...declaration,
    kind: 'server',
    limits: LIMITS,
    async inject(program, scene) {
      scene.inject(heldFile(program.primaryPath));
      if (attempt === undefined) return;
      await program.store.set('noticed', true); // only who writes learns that the file is held
      await scene.attempt(() => attempt(program));
    },
    afterwards: noConflicts,
  });
}
