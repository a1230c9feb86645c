-- How many mails were accepted per minute of late, as the program that sends them measured it; null while nothing is under way.
alter table mailings add column per_minute integer;
