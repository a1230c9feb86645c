-- Words of addresses and names. Which readers a word belongs to is all that is asked, so neither texts nor places are kept;
-- what is deleted leaves the index at once, for those who want to be erased.
create virtual table reader_search using fts5 (
  words,
  tokenize = 'unicode61 remove_diacritics 2',
  prefix = '3 4 5',
  content = '', detail = none, columnsize = 0
);
insert into reader_search (reader_search, rank) values ('secure-delete', 1);

insert into reader_list (subscriber_id, state, frequency, domain, created)
select id, case when suppressed is not null then 'suppressed' else status end, frequency,
  substr(email_key, instr(email_key, '@') + 1), created
from subscribers order by id;
insert into reader_search (rowid, words)
select l.number, s.email_key || ' ' || s.name from reader_list as l join subscribers as s on s.id = l.subscriber_id;
insert into reader_counts (state, count) select state, count(*) from reader_list group by state;
insert into reader_counts (state, count)
select column1, 0 from (values ('pending'), ('active'), ('unsubscribed'), ('suppressed')) where 1
on conflict (state) do nothing;
insert into reader_days (day, joined)
select substr(coalesce(confirmed, created), 1, 10), count(*) from subscribers where status <> 'pending' group by 1;
insert into reader_days (day, gone)
select substr(unsubscribed, 1, 10), count(*) from subscribers where status = 'unsubscribed' and unsubscribed is not null group by 1
on conflict (day) do update set gone = excluded.gone;

create trigger reader_list_reader_added after insert on subscribers begin
  insert into reader_list (subscriber_id, state, frequency, domain, created)
  values (new.id, case when new.suppressed is not null then 'suppressed' else new.status end, new.frequency,
    substr(new.email_key, instr(new.email_key, '@') + 1), new.created);
  insert into reader_search (rowid, words)
  select number, new.email_key || ' ' || new.name from reader_list where subscriber_id = new.id;
  update reader_counts set count = count + 1
  where state = case when new.suppressed is not null then 'suppressed' else new.status end;
end;
create trigger reader_days_reader_added after insert on subscribers when new.status = 'active' begin
  insert into reader_days (day, joined) values (substr(coalesce(new.confirmed, new.created), 1, 10), 1)
  on conflict (day) do update set joined = joined + 1;
end;

create trigger reader_list_reader_changed after update of status, suppressed, frequency, created, email_key on subscribers begin
  update reader_counts set count = count - 1
  where state = case when old.suppressed is not null then 'suppressed' else old.status end;
  update reader_counts set count = count + 1
  where state = case when new.suppressed is not null then 'suppressed' else new.status end;
  update reader_list set
    state = case when new.suppressed is not null then 'suppressed' else new.status end,
    frequency = new.frequency,
    domain = substr(new.email_key, instr(new.email_key, '@') + 1),
    created = new.created
  where subscriber_id = new.id;
end;
create trigger reader_search_reader_changed after update of email_key, name on subscribers
when new.email_key is not old.email_key or new.name is not old.name begin
  insert into reader_search (reader_search, rowid, words)
  select 'delete', number, old.email_key || ' ' || old.name from reader_list where subscriber_id = new.id;
  insert into reader_search (rowid, words)
  select number, new.email_key || ' ' || new.name from reader_list where subscriber_id = new.id;
end;
create trigger reader_days_reader_joined after update of status on subscribers
when new.status = 'active' and old.status <> 'active' begin
  insert into reader_days (day, joined) values (substr(coalesce(new.confirmed, new.created), 1, 10), 1)
  on conflict (day) do update set joined = joined + 1;
end;
create trigger reader_days_reader_left after update of status on subscribers
when new.status = 'unsubscribed' and old.status = 'active' begin
  insert into reader_days (day, gone) values (substr(coalesce(new.unsubscribed, new.created), 1, 10), 1)
  on conflict (day) do update set gone = gone + 1;
end;

-- Before the row goes, since its list entry goes with it.
create trigger reader_list_reader_removed before delete on subscribers begin
  insert into reader_search (reader_search, rowid, words)
  select 'delete', number, old.email_key || ' ' || old.name from reader_list where subscriber_id = old.id;
  update reader_counts set count = count - 1
  where state = case when old.suppressed is not null then 'suppressed' else old.status end;
end;
