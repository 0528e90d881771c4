import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { drillSuite } from '../drill/index.ts';
import { choose } from './choose.ts';
import { ovenDrill, Shop, shopFaults } from './shop.fixture.ts';

const shop = new Shop(new SimulatedClock());
const suite = drillSuite({
  system: 'shop',
  catalogs: [shopFaults],
  drills: [ovenDrill(shop), ovenDrill(shop, { name: 'rain' })],
  module: import.meta.url,
});

function chosen(...names: string[]) {
  return choose([suite], names).map(({ drills, faults }) => ({
    drills: drills.map(({ name }) => name),
    faults: faults.map(({ code }) => code),
  }));
}

describe('choosing drills', () => {
  it('takes all without names, and all of a system by its name', () => {
    const all = [{ drills: ['wind', 'rain'], faults: ['OVEN_OUT', 'DOOR_STUCK'] }];
    expect(chosen()).toEqual(all);
    expect(chosen('shop')).toEqual(all);
  });

  it('takes one by name, with its system or without, and counts only its fault', () => {
    const one = [{ drills: ['rain'], faults: ['OVEN_OUT'] }];
    expect(chosen('rain')).toEqual(one);
    expect(chosen('shop/rain')).toEqual(one);
  });

  it('takes all of a fault, and shows that one has none', () => {
    expect(chosen('OVEN_OUT')).toEqual([{ drills: ['wind', 'rain'], faults: ['OVEN_OUT'] }]);
    expect(chosen('shop/DOOR_STUCK')).toEqual([{ drills: [], faults: ['DOOR_STUCK'] }]);
  });

  it('refuses a name that nothing has', () => {
    expect(() => chosen('rain', 'snow')).toThrow(/no system, drill or fault named "snow"; systems are shop/);
  });
});

describe('a suite', () => {
  it('refuses two drills of one name, a drill of a foreign fault, and a foreign catalog', () => {
    const of = (changes: object) =>
      drillSuite({ system: 'shop', catalogs: [shopFaults], drills: [], module: '', ...changes });
    expect(() => of({ drills: [ovenDrill(shop), ovenDrill(shop)] })).toThrow(/two drills named wind/);
    expect(() => of({ catalogs: [], drills: [ovenDrill(shop)] })).toThrow(/no fault of shop/);
    expect(() => of({ system: 'mill' })).toThrow(/OVEN_OUT is a fault of shop, not of mill/);
  });

  it('refuses a drill whose name is none for a command line', () => {
    expect(() => ovenDrill(shop, { name: 'Strong Wind' })).toThrow(/small letters, digits and hyphens/);
  });
});
