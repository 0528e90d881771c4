import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { hear, post } from '../peer-client.fixture.ts';
import { echoPeer, say } from './echo-peer.fixture.ts';
import { type Gate, hang, jsonReply, type PeerOptions, stall, together } from './index.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const peer of open.splice(0)) await peer[Symbol.asyncDispose]();
});

async function peerOf(options: PeerOptions<string> = {}) {
  const peer = await echoPeer(options);
  open.push(peer);
  const said = async (path = '/say') => (await hear(await post(`${peer.url}${path}`, { json: {} }))).text;
  return { peer, said };
}

describe('a script', () => {
  test('is done in order, one step a request, and then the peer is as ever', async () => {
    const { peer, said } = await peerOf({ script: [say('one'), say('two', 2)] });
    expect([await said(), await said(), await said(), await said()]).toEqual([
      'one',
      'two',
      'two',
      'as ever',
    ]);
    expect(peer.requests.map(({ step }) => step)).toEqual([
      'it says one',
      'it says two',
      'it says two',
      'it answers',
    ]);
  });

  test('that is started later counts first, and the one before it goes on where it was', async () => {
    const { peer, said } = await peerOf({ script: [say('one'), say('two')] });
    expect(await said()).toBe('one');
    peer.script([say('between')]);
    expect([await said(), await said(), await said()]).toEqual(['between', 'two', 'as ever']);
  });

  test('is over when it ends, what is left of it forgotten', async () => {
    const { peer, said } = await peerOf();
    const broken = peer.script([say('broken', Number.POSITIVE_INFINITY)]);
    expect([await said(), await said(), broken.what]).toEqual(['broken', 'broken', 'echo: it says broken']);
    await broken.end();
    expect([await said(), broken.endedBy]).toEqual(['as ever', 'end']);
  });

  test('ends by itself at its hard end', async () => {
    const clock = new SimulatedClock();
    const { peer, said } = await peerOf({ clock });
    const broken = peer.script([say('broken', Number.POSITIVE_INFINITY)], { maxMs: 5000 });
    await clock.advance(4999);
    expect(await said()).toBe('broken');
    await clock.advance(1);
    expect([await said(), broken.endedBy]).toEqual(['as ever', 'hard-end']);
  });

  test('whose hard end is out of range is not in effect', async () => {
    const { peer, said } = await peerOf();
    expect(() => peer.script([say('broken')], { maxMs: 0 })).toThrow('maxMs must be 1 to 600000; got 0');
    expect(await said()).toBe('as ever');
  });

  test('of one route leaves the others alone', async () => {
    const { peer, said } = await peerOf();
    const { what } = peer.script([say('mine')], { route: 'tell' });
    expect([await said('/say'), what]).toEqual(['as ever', 'echo, tell: it says mine']);
    expect(await said('/tell')).toContain('"word":"mine"');
  });

  test('changes what is said while it runs, also what is said otherwise', async () => {
    const { peer, said } = await peerOf();
    peer.otherwise = say('from now on');
    expect([await said(), await said()]).toEqual(['from now on', 'from now on']);
  });

  test('that hangs and ends lets the reply come; it was asked for once', async () => {
    const { peer } = await peerOf();
    const hanging = peer.script([together(say('late'), hang())]);
    const arrived = peer.nextRequest();
    const answer = post(`${peer.url}/say`, { json: {} });
    const request = await arrived;
    expect([request.status, request.outcome.state]).toEqual([undefined, 'open']);
    await hanging.end();
    expect((await hear(await answer)).text).toBe('late');
    expect([(await request.over).state, peer.requestCount]).toEqual(['answered', 1]);
  });

  test('that stalls and ends lets the rest come', async () => {
    const { peer } = await peerOf();
    const stalling = peer.script([stall({ afterPieces: 2 })]);
    const heard = await hear(await post(`${peer.url}/tell`, { json: {} }), (text) => {
      if (text.includes('b')) void stalling.end();
    });
    expect([heard.error, heard.text.includes('[DONE]')]).toEqual([undefined, true]);
  });

  test('may know the request', async () => {
    const { peer, said } = await peerOf();
    peer.script([
      { what: 'it says what it was asked', content: ({ body }) => (body.kind === 'json' ? 'json' : 'no') },
    ]);
    expect(await said()).toBe('json');
  });
});

test('a gate sees every request, uses no step, and lets pass or not', async () => {
  let open = true;
  const gate: Gate = {
    what: 'a gate',
    pass: async (next) => (open ? { ...(await next()), headers: { 'x-gate': 'open' } } : jsonReply(429, {})),
  };
  const { peer, said } = await peerOf({ script: [gate, say('one'), say('two')] });
  expect(await said()).toBe('one');
  open = false;
  expect([await said(), await said()]).toEqual(['{}', '{}']);
  open = true;
  expect(await said()).toBe('two');
  expect(peer.requests.map(({ step, status }) => [step, status])).toEqual([
    ['it says one', 200],
    ['a gate', 429],
    ['a gate', 429],
    ['it says two', 200],
  ]);
});

test('a function of a script that throws is not lost: the client gets a 500, and close rejects', async () => {
  const peer = await echoPeer();
  const mistake = new TypeError('messages is undefined');
  peer.script([
    {
      what: 'it throws',
      content: () => {
        throw mistake;
      },
    },
  ]);
  const { status, text } = await hear(await post(`${peer.url}/say`, { json: {} }));
  expect([status, text]).toEqual([500, 'script-failed']);
  expect(await peer.requests[0]?.over).toMatchObject({ state: 'script-failed', error: mistake });
  await expect(peer.close()).rejects.toMatchObject({ code: 'PEER_SCRIPT_FAILED', cause: mistake });
  await expect(fetch(peer.url)).rejects.toThrow();
});

test('the same seed gives the same pauses', async () => {
  const arrivals = async (seed: number) => {
    const clock = new SimulatedClock();
    const { peer } = await peerOf({ clock, random: seededRandom(seed) });
    peer.script([{ what: 'jitter', delivery: { everyMs: 100, jitterMs: 90 } }]);
    const times: number[] = [];
    const response = await post(`${peer.url}/tell`, { json: {} });
    const heard = hear(response, () => times.push(clock.monotonicMs()));
    const request = peer.requests[0];
    while (request?.outcome.state === 'open') {
      await clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await heard;
    return request?.outcome;
  };
  const [one, again, other] = [await arrivals(1), await arrivals(1), await arrivals(2)];
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});
