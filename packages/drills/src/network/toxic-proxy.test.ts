import { once } from 'node:events';
import { connect } from 'node:net';
import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import {
  bandwidth,
  blackhole,
  corrupt,
  halfOpen,
  latency,
  partition,
  refuse,
  reset,
  slowClose,
  truncate,
} from './index.ts';
import { client, pair } from './proxied.fixture.ts';

describe('a toxic that comes upon an open connection', () => {
  it('is in its way until the injection is ended, and then what it held flows on', async () => {
    const clock = new SimulatedClock();
    const { near, far, proxy } = await pair({ clock });
    near.send('before ');
    await far.hears('before ');
    const injection = proxy.add(latency({ delayMs: 250 }), { direction: 'up' });
    expect(injection.what).toMatch(/^latency of 250 ms, up: 127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+$/);
    near.send('late ');
    await expect.poll(() => injection.hits).toBe(1);
    far.send('down is free');
    await near.hears('down is free');
    expect(far.text).toBe('before ');
    await clock.advance(250);
    await far.hears('before late ');
    near.send('held ');
    await expect.poll(() => injection.hits).toBe(2);
    await injection.end();
    await far.hears('before late held ');
    near.send('after');
    await far.hears('before late held after');
    expect(injection.hits).toBe(2);
    expect(proxy.stats().toxics).toEqual([]);
  });

  it('is ended by its hard end, whatever the drill does', async () => {
    const clock = new SimulatedClock();
    const { near, far, proxy } = await pair({ clock });
    const injection = proxy.add(partition(), { maxMs: 5000 });
    near.send('held');
    await expect.poll(() => injection.hits).toBe(1);
    await clock.advance(5000);
    await far.hears('held');
    expect(injection.endedBy).toBe('hard-end');
  });

  it('meets what flows in the order in which toxics were added, and any of them may go first', async () => {
    const clock = new SimulatedClock();
    const { near, far, proxy } = await pair({ clock });
    const thin = proxy.add(bandwidth({ bytesPerSecond: 1 }));
    const late = proxy.add(latency({ delayMs: 500 }));
    expect(proxy.stats().toxics.map(({ what }) => what)).toEqual([
      'bandwidth of 1 bytes/s',
      'latency of 500 ms',
    ]);
    near.send('abc');
    await expect.poll(() => thin.hits).toBe(1);
    await clock.advance(1499);
    expect(far.text).toBe('');
    await clock.advance(1);
    await far.hears('a');
    await thin.end(); // what it held is late from now on
    await clock.advance(499);
    expect(proxy.stats().bytesUp).toBe(1);
    await late.end();
    await far.hears('abc');
  });
});

describe('a partition', () => {
  it('of one direction leaves the other alone, and loses nothing', async () => {
    const { near, far, proxy } = await pair();
    const injection = proxy.add(partition(), { direction: 'down' });
    expect(injection.substitute).toMatch(/SYN/);
    near.send('heard');
    await far.hears('heard');
    far.send('answer');
    far.socket.end();
    await expect.poll(() => injection.hits).toBeGreaterThan(0);
    expect([near.text, near.fate]).toEqual(['', 'open']);
    await injection.end();
    await near.meets('ended');
    expect(near.text).toBe('answer');
  });

  it('hides that the server was reset until it is ended', async () => {
    const { near, far, proxy } = await pair();
    const injection = proxy.add(partition());
    far.socket.resetAndDestroy();
    await expect.poll(() => injection.hits).toBe(1);
    expect(near.fate).toBe('open');
    await injection.end();
    await near.meets('reset');
  });
});

describe('a blackhole', () => {
  it('lets nobody hear anything, resets whom it has robbed when it is ended, and lets others flow', async () => {
    const { near, proxy, another } = await pair();
    const quiet = await another();
    const injection = proxy.add(blackhole());
    near.send('lost');
    await expect.poll(() => injection.hits).toBe(1);
    expect(near.fate).toBe('open');
    await injection.end();
    await near.meets('reset');
    quiet.near.send('still here');
    await quiet.far.hears('still here');
  });

  it('takes new connections too, and they hear nothing', async () => {
    const { proxy } = await pair();
    const injection = proxy.add(blackhole(), { connections: 'new' });
    const near = await client(proxy.port);
    near.send('anyone?');
    await expect.poll(() => injection.hits).toBe(1);
    await injection.end();
    await near.meets('reset');
    expect(near.text).toBe('');
  });
});

describe('half-open', () => {
  it.each([
    ['server', 'client'],
    ['client', 'server'],
  ] as const)('takes the %s away, and the %s sees neither end nor reset', async (gone, stays) => {
    const { near, far, proxy, another } = await pair();
    const [there, left] = gone === 'client' ? [far, near] : [near, far];
    const injection = proxy.add(halfOpen({ gone }));
    await left.meets('reset');
    there.send('are you there?');
    await expect.poll(() => injection.hits).toBe(2);
    expect([stays, there.fate]).toEqual([stays, 'open']);
    const again = await another(); // the machine that is gone has come back
    again.near.send('new');
    await again.far.hears('new');
    await injection.end();
    await there.meets('reset');
    expect(again.near.fate).toBe('open');
  });
});

describe('reset', () => {
  it('at once resets both sides of every connection, also of new ones', async () => {
    const { near, far, proxy } = await pair();
    const injection = proxy.add(reset());
    await Promise.all([near.meets('reset'), far.meets('reset')]);
    const [error] = await once(connect(proxy.port, '127.0.0.1'), 'error'); // or while it connects
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(injection.hits).toBe(2);
    expect(proxy.stats().unreachable).toBe(0);
    await injection.end();
    const after = await client(proxy.port);
    after.send('x');
    await expect.poll(() => proxy.stats().bytesUp).toBe(1);
  });

  it('of open connections spares new ones', async () => {
    const { near, proxy, another } = await pair();
    proxy.add(reset(), { connections: 'open' });
    await near.meets('reset');
    const again = await another();
    again.near.send('new');
    await again.far.hears('new');
  });

  it('mid-message comes after half of it, and both sides see a reset', async () => {
    const { near, far, proxy } = await pair();
    proxy.add(reset({ midMessage: true }), { direction: 'down' });
    far.send('half a loaf');
    await Promise.all([near.meets('reset'), far.meets('reset')]);
    expect(near.text).toBe('half ');
  });

  it('after so many bytes lets these arrive', async () => {
    const { near, far, proxy } = await pair();
    proxy.add(reset({ afterBytes: 60_000 }), { direction: 'up' });
    near.send(Buffer.alloc(500_000, 1));
    await far.meets('reset');
    expect(far.received).toHaveLength(60_000);
  });
});

describe('truncate', () => {
  it('ends a direction after so many bytes, and the other goes on', async () => {
    const { near, far, proxy } = await pair();
    proxy.add(truncate({ afterBytes: 6 }), { direction: 'down' });
    far.send('half a loaf');
    await near.meets('ended');
    expect(near.text).toBe('half a');
    near.send('and the rest?');
    await far.hears('and the rest?');
    expect(far.fate).toBe('open');
  });
});

describe('slow close', () => {
  it('has an end arrive late', async () => {
    const clock = new SimulatedClock();
    const { near, far, proxy } = await pair({ clock });
    const injection = proxy.add(slowClose({ delayMs: 100 }));
    near.socket.end('bye');
    await far.hears('bye');
    await expect.poll(() => injection.hits).toBe(1);
    await clock.advance(99);
    expect(far.fate).toBe('open');
    await clock.advance(1);
    await far.meets('ended');
  });
});

describe('corrupt', () => {
  it('damages the same bits of the same stream for the same seed', async () => {
    const damage = async (seed: number) => {
      const { near, far, proxy } = await pair({ random: seededRandom(seed) });
      proxy.add(corrupt({ share: 0.001 }), { direction: 'up' });
      near.send(Buffer.alloc(200_000));
      await far.hears(200_000);
      return far.received.toString('hex');
    };
    const first = await damage(5);
    expect(first).not.toMatch(/^0*$/);
    expect(await damage(5)).toBe(first);
    expect(await damage(6)).not.toBe(first);
  });
});

describe('refuse', () => {
  it('closes the port and opens the same one again, and open connections stay', async () => {
    const { near, far, proxy, another } = await pair();
    const injection = proxy.add(refuse());
    await expect(client(proxy.port)).rejects.toThrow('ECONNREFUSED');
    near.send('still here');
    await far.hears('still here');
    await injection.end();
    const again = await another();
    again.near.send('new');
    await again.far.hears('new');
  });

  it('opens it when the last of several is ended, also when they change places quickly', async () => {
    const { proxy, another } = await pair();
    const [one, two] = [proxy.add(refuse()), proxy.add(refuse())];
    const opening = one.end();
    await expect(client(proxy.port)).rejects.toThrow('ECONNREFUSED');
    const third = proxy.add(refuse());
    await Promise.all([opening, two.end(), third.end()]);
    expect((await another()).far.fate).toBe('open');
  });

  it('leaves the port closed when the proxy is closed meanwhile', async () => {
    const { proxy } = await pair();
    const injection = proxy.add(refuse());
    await Promise.all([injection.end(), proxy.close()]);
    await expect(client(proxy.port)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a share of the connections', () => {
  it('is hit, the same ones for the same seed', async () => {
    const hit = async (seed: number) => {
      const { proxy, near, another } = await pair({ random: seededRandom(seed) });
      const all = [near];
      for (let number = 2; number <= 20; number++) all.push((await another()).near);
      const injection = proxy.add(reset(), { share: 0.4 });
      await expect.poll(() => all.filter(({ fate }) => fate === 'reset').length).toBe(injection.hits);
      return all.map(({ fate }) => fate);
    };
    const fates = await hit(3);
    expect(new Set(fates)).toEqual(new Set(['open', 'reset']));
    expect(await hit(3)).toEqual(fates);
    expect(await hit(4)).not.toEqual(fates);
  });

  it('must be one', async () => {
    const { proxy } = await pair();
    expect(() => proxy.add(reset(), { share: 1.5 })).toThrow('share must be 0 to 1; got 1.5');
    expect(proxy.stats().open).toBe(1);
  });
});
