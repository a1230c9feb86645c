-- Counts the changes of what readers see: pages that are kept carry the number that they were made under. Times would not do,
-- since two changes may fall into one millisecond, and clocks go back.
alter table content_changes add column version integer not null default 0;
