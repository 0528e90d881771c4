import { readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelFaults, Signals } from '@sustain/kernel';
import { fullDisk, type SmallDisk, smallDisk } from '../../disk/index.ts';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { type Injection, startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { escalatingTo, handled } from './handled.ts';

interface Recorder extends DrillSubject {
  readonly disk: SmallDisk;
}

const TAKE_BYTES = 64 * 1024;
/** Which is written; what is finished has another name. */
const UNFINISHED = 'unfinished';

export const diskFull = drill<Recorder>({
  name: 'disk-full',
  fault: kernelFaults.DISK_FULL,
  kind: 'disk',
  breaks: 'the disk that recordings are written to is full (ENOSPC)',
  recovers:
    'it is escalated to who keeps the disk, who removes the oldest recordings; then it is written again',
  notices: 'that the oldest recordings are gone',
  async subject() {
    const disk = await smallDisk({ sizeBytes: 4 * 2 ** 20 });
    const signals = new Signals();
    const keeper = escalatingTo('who keeps the disk', signals, () => {
      rmSync(join(disk.path, UNFINISHED), { force: true });
      const [oldest] = takesOn(disk);
      if (oldest !== undefined) rmSync(join(disk.path, oldest));
      return oldest !== undefined;
    });
    let takes = 0;
    function record(): string {
      const [unfinished, take] = [join(disk.path, UNFINISHED), join(disk.path, takeName(takes + 1))];
      writeFileSync(unfinished, new Uint8Array(TAKE_BYTES));
      renameSync(unfinished, take);
      takes++;
      return take;
    }
    for (let first = 0; first < 3; first++) record();
    return {
      drillable: true,
      signals,
      disk,
      async use() {
        const { size } = statSync(await handled(keeper, record));
        if (size !== TAKE_BYTES) throw new Error(`expected ${TAKE_BYTES} bytes, got ${size}`);
        for (const old of takesOn(disk).slice(0, -MOST_KEPT)) rmSync(join(disk.path, old));
        return 'full';
      },
      close: () => disk.close(),
    };
  },
  inject({ disk }, scene) {
    scene.inject(disk.kind === 'folder' ? fullDevice(disk.path) : fullDisk(disk));
  },
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/strategies/escalate.ts'),
    replace: '(await options.take(fault, context, signal)) === true',
    by: 'false',
  },
});

const MOST_KEPT = 5;

function takeName(number: number): string {
  return `take-${`${number}`.padStart(6, '0')}`;
}

/** The oldest first. */
function takesOn({ path }: SmallDisk): string[] {
  return readdirSync(path)
    .filter((name) => name.startsWith('take-'))
    .toSorted();
}

/** Where no disk may be mounted: the next file is the system's device that is always full. */
function fullDevice(folder: string): Injection {
  const link = join(folder, UNFINISHED);
  symlinkSync('/dev/full', link);
  return startInjection({
    what: 'a full disk',
    substitute:
      'a file on the device /dev/full, whose writes fail of the same ENOSPC, stands for a full disk',
    undo: () => rmSync(link, { force: true }),
  });
}
