export {
  hides,
  isSecretName,
  REDACTED,
  type Secrecy,
  secrecyOf,
  secrecyWithin,
  secretNames,
} from './secret-names.ts';
export { withoutSecrets } from './without-secrets.ts';
