import { checkNames, checkTurns, TURN_NAMES, type Turns, turnOf } from '../turn.ts';
import type { StreamCall } from './broken-stream.ts';

/** @internal Checks which chunks are meant. Answers what starts to count a stream's, and traces those that it chooses. */
export function chunkTurns(of: string, turns: Turns): (stream: StreamCall) => () => boolean {
  checkNames(of, turns, TURN_NAMES);
  checkTurns(of, turns);
  return (stream) => {
    let number = 0;
    let chosen = 0;
    return () => {
      number++;
      if (!stream.isBroken) return false;
      if (turnOf(turns, number, chosen, stream.random.next()) !== 'chosen') return false;
      chosen++;
      stream.note(`chunk ${number}`);
      return true;
    };
  };
}
