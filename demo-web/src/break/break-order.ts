/** What the page asks of the server that it came from. */
export type Breakable = 'worker' | 'gateway' | 'connection';

/** @throws Error with the server's reason, or the network's */
export async function breakIt(what: Breakable): Promise<void> {
  const answer = await fetch(`break/${what}`, { method: 'POST', headers: { 'x-celeriac-page': '1' } });
  if (!answer.ok) throw new Error((await answer.text()).trim());
}
