/**
 * Where another entry is, which a thread or a process begins with: beside the module that starts it.
 * @param here `import.meta.url` of that module; a bundler may leave nothing of it, or the place that it had when it was built
 * @param name what that module's file is called, without its ending
 * @param exists whether there is such a file
 * @returns `undefined` in a bundle, beside which there is none
 */
export function entryFile(
  here: string | undefined,
  name: string,
  entry: string,
  exists: (file: URL) => boolean,
): URL | undefined {
  const ending = new RegExp(`^file:.*/${name}(\\.[jt]s)$`).exec(here ?? '')?.[1];
  // Another file of this name, beside the bundle, is somebody else's.
  if (ending === undefined) return undefined;
  const file = new URL(`./${entry}${ending}`, here);
  return exists(file) ? file : undefined;
}
