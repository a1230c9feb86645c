-- What one editor sees to, the latest first.
create index tips_by_assignee on tips (assigned, last_day desc, id desc);
