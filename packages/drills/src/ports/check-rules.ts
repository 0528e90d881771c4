import type { AnyRule } from './call.ts';
import { checkNames, checkTurns, TURN_NAMES } from './turn.ts';

/** @internal One or several, as a list. Throws a TypeError or RangeError that says what is wrong with them. */
export function checkRules(of: string, rules: unknown): readonly AnyRule[] {
  const list = (Array.isArray(rules) ? rules : [rules]) as AnyRule[];
  if (list.length === 0) throw new TypeError(`there is no ${of}; give one, or leave it out`);
  for (const rule of list) {
    const begin: unknown = rule?.effect?.begin;
    if (typeof begin !== 'function') {
      const got = rule?.effect === undefined ? 'none' : typeof rule.effect;
      throw new TypeError(`the effect of a ${of} must be one of the effects, as hangs(); got ${got}`);
    }
    checkNames(`a ${of}`, rule, [...TURN_NAMES, 'where', 'effect']);
    checkTurns(of, rule);
    if (rule.where !== undefined && typeof rule.where !== 'function') {
      throw new TypeError(`where of a ${of} must be a function; got ${typeof rule.where}`);
    }
  }
  return list;
}
