-- The mail that asks the newsroom once a day to look at the tip line: whether it is sent, and for which days it was.
create table tip_alert_settings (
  only  integer primary key check (only = 1),
  is_on integer not null default 1
);
insert into tip_alert_settings (only) values (1);

create table tip_alerts (
  day text primary key,  -- by the site's time zone; whoever writes the row sends that day's mail
  at  text not null
);
