-- The ledger: what became of each issue for each reader. A row stands before the first mail goes out, and is `attempting` on
-- disk before a relay is given the mail, so that a crash can leave a mail unknown, never unnoticed.
create table deliveries (
  subscriber_id text not null references subscribers (id) on delete cascade,
  issue_id      text not null references mailings (issue_id),
  state         text not null default 'queued' check (state in ('queued', 'attempting', 'accepted', 'failed', 'unknown')),
  domain        text not null,               -- of the address, for pacing
  attempts      integer not null default 0,
  next_attempt  text not null default '',    -- not before; empty: at once
  worker        text,                        -- who has it in hand
  relay         text,
  reason        text,                        -- the last answer that was no yes
  at            text,                        -- of the last change
  primary key (subscriber_id, issue_id)
) without rowid;
create index deliveries_due on deliveries (issue_id, next_attempt, subscriber_id) where state = 'queued' and worker is null;
create index deliveries_in_hand on deliveries (worker) where worker is not null;
create index deliveries_to_look_at on deliveries (issue_id, state, subscriber_id) where state in ('failed', 'unknown');
