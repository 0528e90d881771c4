import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Injection, startInjection } from '@sustain/drills';

/**
 * To this process a file is not there, whose path ends like this: the system is asked for another one, which is not. The
 * file itself is left alone, for others use it.
 */
export function missingFile(pathEnd: string): Injection {
  const { existsSync } = fs;
  const { readFile } = fsPromises;
  const asked = <Path>(path: Path): Path | string => {
    const name = path instanceof URL ? fileURLToPath(path) : path;
    return typeof name === 'string' && name.endsWith(pathEnd) ? `${name}.is-not-there` : path;
  };
  fs.existsSync = (path) => existsSync(asked(path));
  fsPromises.readFile = ((path: Parameters<typeof readFile>[0], ...rest: []) =>
    readFile(asked(path), ...rest)) as typeof readFile;
  syncBuiltinESMExports();
  return startInjection({
    what: `${pathEnd} is not there`,
    substitute: 'the file is hidden from this process, not removed',
    undo() {
      fs.existsSync = existsSync;
      fsPromises.readFile = readFile;
      syncBuiltinESMExports();
    },
  });
}
