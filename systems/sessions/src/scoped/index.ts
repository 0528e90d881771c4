export { ScopedState, type ScopedStateOptions } from './scoped-state.ts';
export { byScope, type ScopedChange, scopeOf } from './scopes.ts';
