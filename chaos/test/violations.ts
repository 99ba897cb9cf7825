import { check } from '../checker/report.ts';
import type { Story } from './story.ts';

/** What the checker finds broken in it, each by its invariant. */
export function violationsOf(story: Story): readonly string[] {
  return check(story.entries).violations.map(({ invariant, what }) => `${invariant}: ${what}`);
}
