# The guest's end of the second serial port, in Perl: one process that forks, so that a script costs its own shell and nothing else. Requests:
# "+ID TEXT" adds to the script ID and is answered "OK ID"; "!ID TEXT" adds to it, runs it in the background and is answered
# "END ID STATUS STDOUT STDERR". Where there is a session's shell of its own, that runs them and not bash: what is ruled for bash is not meant for it then.
# Scripts and outputs are "-" for nothing, "=" and base64, or "z" and base64 of what gzip makes of it:
# the port costs tens of microseconds a byte under emulation.
stty -F /dev/ttyS1 raw -echo
mkdir -p /run/agent
exec perl -x "$0"
#!perl
use strict;
use warnings;
use Fcntl qw(:DEFAULT :flock);
use POSIX ();

my $at = "/run/agent";
my $worth_packing = 1000;
sysopen(my $port, "/dev/ttyS1", O_RDWR | O_NOCTTY) or die "the port: $!";
$SIG{CHLD} = "IGNORE";

sub decoded {
  my ($text) = @_;
  $text =~ tr|A-Za-z0-9+/||cd;
  $text =~ tr|A-Za-z0-9+/| -_|;
  my $bytes = "";
  while ($text =~ /(.{1,60})/gs) { $bytes .= unpack("u", chr(32 + int(length($1) * 3 / 4)) . $1) }
  return $bytes;
}

sub encoded {
  my ($bytes) = @_;
  my $text = "";
  for (my $i = 0; $i < length $bytes; $i += 45) { $text .= substr(pack("u", substr($bytes, $i, 45)), 1, -1) }
  $text =~ tr|` -_|AA-Za-z0-9+/|;
  my $rest = (3 - length($bytes) % 3) % 3;
  substr($text, -$rest) = "=" x $rest if $rest;
  return $text;
}

sub answer {
  my ($line) = @_;
  # Each process has the lock by a description of its own.
  open(my $lock, ">", "$at/lock") or die "the lock: $!";
  flock($lock, LOCK_EX);
  for (my $sent = 0; $sent < length $line;) { $sent += syswrite($port, $line, length($line) - $sent, $sent) // 0 }
}

sub unpacked {
  my ($id, $text) = @_;
  my $bytes = decoded(substr($text, 1));
  return $bytes if $text !~ /^z/;
  my $file = "$at/$id.gz";
  written($file, $bytes);
  open(my $in, "-|", "gzip", "-dc", $file) or die "gzip: $!";
  local $/;
  $bytes = <$in>;
  unlink $file;
  return $bytes;
}

sub written {
  my ($file, $bytes) = @_;
  open(my $out, ">", $file) or die "$file: $!";
  print $out $bytes;
  close $out;
}

sub output {
  my ($file) = @_;
  my $size = -s $file or return "-";
  my $packs = $size > $worth_packing;
  my $in;
  ($packs ? open($in, "-|", "gzip", "-1c", $file) : open($in, "<", $file)) or return "-";
  local $/;
  return ($packs ? "z" : "=") . encoded(scalar <$in>);
}

sub execute {
  my ($id, $script) = @_;
  my @files = map { "$at/$id.$_" } qw(sh out err);
  $SIG{CHLD} = "DEFAULT";
  written($files[0], unpacked($id, $script));
  my $child = fork;
  if (!$child) {
    open(STDIN, "<", "/dev/null");
    open(STDOUT, ">", $files[1]);
    open(STDERR, ">", $files[2]);
    my $shell = -x "/usr/sbin/session-shell" ? "/usr/sbin/session-shell" : "bash";
    exec { $shell } ("bash", $files[0]) or POSIX::_exit(127);
  }
  waitpid($child, 0);
  my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
  answer("END $id $status " . output($files[1]) . " " . output($files[2]) . "\n");
  unlink @files;
}

my %scripts;
my $input = "";
while (1) {
  if (!sysread($port, $input, 65536, length $input)) { select(undef, undef, undef, 0.1); next }
  while ($input =~ s/^([^\n]*)\n//) {
    my ($verb, $id, $text) = $1 =~ /^([+!])(\d+) ?(.*)/ or next;
    $scripts{$id} .= $text;
    if ($verb eq "+") { answer("OK $id\n"); next }
    my $script = delete $scripts{$id};
    my $worker = fork;
    if (!defined $worker) { answer("END $id 254 - -\n") }
    elsif (!$worker) { execute($id, $script); POSIX::_exit(0) }
  }
}
