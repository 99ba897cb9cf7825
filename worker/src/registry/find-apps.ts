import { type HostedApp, hostedApp } from '@celeriac/client/hosting';

/**
 * Finds the apps among what a module exports, in the order of its exports; one exported twice counts once.
 * @param exports a module's namespace object
 * @internal
 */
export function findApps(exports: Readonly<Record<string, unknown>>): readonly object[] {
  const found = new Map<HostedApp, object>();
  for (const value of Object.values(exports)) {
    const app = hostedApp(value);
    if (app !== undefined && !found.has(app) && typeof value === 'object' && value !== null)
      found.set(app, value);
  }
  return [...found.values()];
}
