/** A celeriac: the root with its stalks. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 48 48" aria-hidden="true">
      <path className="logo-stalks" d="M24 24V7M24 24 14 9M24 24 34 9" />
      <path
        className="logo-leaves"
        d="M24 9a4 4 0 1 1 0-6 4 4 0 1 1 0 6M14 12a4 4 0 1 1-2-6 4 4 0 1 1 2 6M34 12a4 4 0 1 0 2-6 4 4 0 1 0-2 6"
      />
      <path className="logo-root" d="M9 30c0-8 7-11 15-11s15 3 15 11-6 15-15 15S9 38 9 30Z" />
      <path className="logo-marks" d="M16 30h5M25 35h6M19 39h3M28 27h4" />
    </svg>
  );
}
