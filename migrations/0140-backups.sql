-- What owners decide about backups: values by name, as JSON.
create table backup_settings (
  name  text primary key,
  value text not null
);

-- Backups that the clock or somebody at the desk asked for, and what became of each. Which ones there are, their folder tells.
create table backup_runs (
  id      text primary key,
  slot    text unique,    -- the day that it is made for, `2026-11-29`; null: somebody asked
  asked   text not null,
  state   text not null check (state in ('waiting', 'running', 'done', 'failed')),
  doing   text not null default '',
  bytes   integer not null default 0,
  ended   text,
  file    text,
  problem text
);
create index backup_runs_by_time on backup_runs (asked, id);
create index backup_runs_by_state on backup_runs (state, asked);
