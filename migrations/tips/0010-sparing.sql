-- The newsroom is warned seven days before a tip is shredded, also where its end comes nearer all at once.
alter table tips add column spared text not null default '';  -- it is kept until this day at the least, though its time is over; empty: nothing brought its end nearer

alter table retention add column since text not null default '';  -- the first day on which the clock said what is claimed
