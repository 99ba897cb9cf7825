/** Who the visitor is, where the gateway has keys; kept until the tab is closed. */
const KEY = 'celeriac.token';

export function tokenOfTab(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}
