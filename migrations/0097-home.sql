-- Grows with each start and stop and as time passes; a file beside the database keeps the same count, so that an older state of
-- the database is told from the one that was worked with last.
alter table schedule_home add column beats integer not null default 0;

-- Mail that was due before this database was put back from a backup: it may have gone out already.
alter table outbox add column held integer not null default 0;
create index outbox_held on outbox (created, id) where held = 1;
