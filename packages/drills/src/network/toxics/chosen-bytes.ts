import type { Random } from '@sustain/kernel';

/**
 * Chooses bytes of a stream by their position, each with the probability `share`: which ones are chosen does not depend
 * on the chunks in which they come. Answers, for the next chunk of a stream, the chosen indexes in it.
 */
export function chosenBytes(share: number, random: Random): (bytes: number) => number[] {
  // The distance between two of them has a geometric distribution: its inverse, so that one draw leads to the next.
  const distance = () => (share === 1 ? 0 : Math.floor(Math.log1p(-random.next()) / Math.log1p(-share)));
  let skip = distance();
  return (bytes) => {
    const chosen: number[] = [];
    let at = skip;
    for (; at < bytes; at += 1 + distance()) chosen.push(at);
    skip = at - bytes;
    return chosen;
  };
}
