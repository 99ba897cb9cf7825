import { THEMES, useTheme } from './use-theme.ts';

export function ThemeChoice() {
  const [theme, choose] = useTheme();
  return (
    <fieldset className="theme-choice">
      <legend className="unseen">Theme</legend>
      {THEMES.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="theme"
            className="unseen"
            checked={theme === one}
            onChange={() => choose(one)}
          />
          <span>{one}</span>
        </label>
      ))}
    </fieldset>
  );
}
