-- What became of each day's and week's digest, so that none goes out twice: `2026-11-25`, `2026-W48`.
create table digest_runs (
  kind     text not null check (kind in ('daily', 'weekly')),
  period   text not null,
  at       text not null,
  through  text,          -- what was published until then has had its digest; null: nothing had
  issue_id text references issues (id) on delete set null,  -- null: there was nothing new, or it was left out
  primary key (kind, period)
);
create index digest_runs_by_reach on digest_runs (kind, through);
