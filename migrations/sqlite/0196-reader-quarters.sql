drop trigger reader_days_reader_added;
drop trigger reader_days_reader_joined;
drop trigger reader_days_reader_left;
drop table reader_days;

create trigger reader_quarters_reader_added after insert on subscribers when new.status = 'active' begin
  insert into reader_quarters (quarter, joined) values (substr(coalesce(new.confirmed, new.created), 1, 14) || case
    when substr(coalesce(new.confirmed, new.created), 15, 2) < '15' then '00' when substr(coalesce(new.confirmed, new.created), 15, 2) < '30' then '15'
    when substr(coalesce(new.confirmed, new.created), 15, 2) < '45' then '30' else '45' end, 1)
  on conflict (quarter) do update set joined = joined + 1;
end;
create trigger reader_quarters_reader_joined after update of status on subscribers
when new.status = 'active' and old.status <> 'active' begin
  insert into reader_quarters (quarter, joined) values (substr(coalesce(new.confirmed, new.created), 1, 14) || case
    when substr(coalesce(new.confirmed, new.created), 15, 2) < '15' then '00' when substr(coalesce(new.confirmed, new.created), 15, 2) < '30' then '15'
    when substr(coalesce(new.confirmed, new.created), 15, 2) < '45' then '30' else '45' end, 1)
  on conflict (quarter) do update set joined = joined + 1;
end;
create trigger reader_quarters_reader_left after update of status on subscribers
when new.status = 'unsubscribed' and old.status = 'active' begin
  insert into reader_quarters (quarter, gone) values (substr(coalesce(new.unsubscribed, new.created), 1, 14) || case
    when substr(coalesce(new.unsubscribed, new.created), 15, 2) < '15' then '00' when substr(coalesce(new.unsubscribed, new.created), 15, 2) < '30' then '15'
    when substr(coalesce(new.unsubscribed, new.created), 15, 2) < '45' then '30' else '45' end, 1)
  on conflict (quarter) do update set gone = gone + 1;
end;
