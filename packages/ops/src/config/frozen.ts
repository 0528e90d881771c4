import { isMap } from './layer.ts';

/** Freezes plain data to its depth and leaves alone what is made of classes. Answers it. */
export function frozen<Value>(value: Value): Value {
  if (Array.isArray(value)) value.forEach(frozen);
  else if (isMap(value)) Object.values(value).forEach(frozen);
  else return value;
  return Object.isFrozen(value) ? value : Object.freeze(value);
}
