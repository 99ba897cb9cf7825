import { type RefObject, useEffect, useState } from 'react';

/** What variables of the theme are as colours for a canvas, which knows neither variables nor schemes. */
export function useColours(
  place: RefObject<HTMLElement | null>,
  names: readonly string[],
): readonly string[] {
  const [colours, setColours] = useState<readonly string[]>([]);
  const wanted = names.join(' ');
  useEffect(() => {
    const read = (): void => {
      const host = place.current;
      if (host === null) return;
      const seen = wanted.split(' ').map((name) => {
        host.style.color = `var(${name})`;
        return getComputedStyle(host).color;
      });
      host.style.color = '';
      setColours(seen);
    };
    read();
    const themed = new MutationObserver(read);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', read);
    return () => {
      themed.disconnect();
      dark.removeEventListener('change', read);
    };
  }, [place, wanted]);
  return colours;
}
