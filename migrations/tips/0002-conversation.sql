-- The source comes back, the newsroom answers. Still no address, no browser, no time finer than the day.
alter table tips add column source_key text not null default '';  -- public half of a key that the codename derives to: replies are sealed to it
alter table tips add column state text not null default 'new' check (state in ('new', 'read', 'replied', 'verifying', 'closed'));
alter table tips add column last_day text not null default '';    -- of the last message from either side: retention counts from here
alter table tips add column pinned integer not null default 0;    -- the newsroom keeps it beyond its time
alter table tips add column assigned text;                        -- id of the account that sees to it

update tips set last_day = coalesce((select max(day) from tip_parts where tip_id = tips.id), day);

create index tips_by_day on tips (last_day desc, id desc);
create index tips_by_state on tips (state, last_day desc, id desc);

-- Who a part is from: the source (0 is the message, then files), a reply, or a note of the newsroom to itself.
alter table tip_parts add column kind text not null default 'source' check (kind in ('source', 'reply', 'note'));

-- What both doors go by. One row.
create table tip_settings (
  id                integer primary key check (id = 1),
  retention_days    integer not null default 90 check (retention_days between 7 and 3650),
  recovery_required integer not null default 0
);
insert into tip_settings (id) values (1);
